import { EventEmitter } from 'node:events';
import type { ConsolePort } from '../console/console-port.ts';
import { Flash } from '../flash/flash.ts';
import { execAtConsole, type ExecResult } from './exec.ts';
import { NodeClock } from './host/clock.ts';
import { ConsoleInput } from './host/console-input.ts';
import { flashCalls } from './host/flash-calls.ts';
import { Machine, ResetCause } from './host/machine.ts';
import { Sockets } from './host/socket-calls.ts';
import { Station } from './host/station.ts';
import { Errno, type NodeServices, type SyscallTable } from './host/syscall-table.ts';
import { Timers } from './host/timers.ts';
import { Transcript, type WaitOptions } from './host/transcript.ts';
import { Watchdog } from './host/watchdog.ts';
import { microPythonBuild, type MicroPythonBuild } from './micropython-build.ts';
import { VirtualNodeError } from './node-errors.ts';
import { Runtime } from './runtime.ts';
import { Wifi } from './wifi.ts';

export interface VirtualNodeOptions {
  /** Also decides the node's unique_id and MAC address. */
  readonly name?: string;
  /** A MicroPython version; see {@link microPythonBuild} for how to install others than the default. */
  readonly micropython?: string;
  /** Default: {@link Flash.memory} of 2 MiB. It outlives the node. */
  readonly flash?: Flash;
  /** Put on the flash before the first boot. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Default: one open network named `site`. */
  readonly wifi?: Wifi;
  /** Addresses by host name, besides what this computer resolves; `hang` is a server that never answers. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** The node's seconds in one of ours; default 1. */
  readonly timeScale?: number;
}

export type ResetReason = 'power-on' | 'hard' | 'watchdog' | 'deep-sleep' | 'soft';

export interface VirtualNodeEvents {
  /** MicroPython runs, boot.py is next. */
  boot: [reason: ResetReason];
  /** The node was reset, or put itself to sleep, and will boot again. */
  reset: [reason: ResetReason];
  powerOff: [];
  output: [bytes: Uint8Array];
  /** MicroPython itself died: a fault of the testbed. */
  crash: [error: Error];
}

const causes: Record<ResetReason, ResetCause> = {
  'power-on': ResetCause.powerOn,
  hard: ResetCause.hard,
  watchdog: ResetCause.watchdog,
  'deep-sleep': ResetCause.deepSleep,
  soft: ResetCause.soft,
};

/**
 * An ESP32 with MicroPython, without the ESP32: real MicroPython (its WebAssembly port) in a thread of its own, with the
 * modules, the console, the flash and the habits of the ESP32 port.
 *
 * @example
 * const node = await VirtualNode.create({ files: { '/main.py': 'print("hello")' } });
 * await node.powerOn();
 * await node.waitForOutput(/hello/);
 * await node.close();
 */
export class VirtualNode extends EventEmitter<VirtualNodeEvents> implements AsyncDisposable {
  readonly name: string;
  readonly flash: Flash;
  readonly wifi: Wifi;
  /** May be changed while the node runs. */
  readonly hosts: Map<string, string>;
  readonly machine: Machine;
  readonly transcript = new Transcript();
  readonly #build: MicroPythonBuild;
  readonly #clock: NodeClock;
  readonly #input: ConsoleInput;
  readonly #station: Station;
  readonly #sockets: Sockets;
  readonly #timers: Timers;
  readonly #watchdog: Watchdog;
  #runtime: Runtime | undefined;
  #starting: Promise<void> = Promise.resolve();
  #boots = 0;
  #generation = 0;
  #cancelWakeUp: (() => void) | undefined;

  private constructor(build: MicroPythonBuild, options: VirtualNodeOptions) {
    super();
    this.name = options.name ?? 'node';
    this.flash = options.flash ?? Flash.memory();
    this.wifi = options.wifi ?? new Wifi([{ ssid: 'site', password: '' }]);
    this.hosts = new Map(Object.entries(options.hosts ?? {}));
    this.#build = build;
    this.#clock = new NodeClock(options.timeScale ?? 1);
    this.machine = new Machine(this.name, this.#clock);
    const services: NodeServices = {
      wake: () => this.#runtime?.wake(),
      memory: (address, length) => this.#running().memory(address, length),
    };
    this.#input = new ConsoleInput(services);
    this.#timers = new Timers(this.#clock, services);
    this.#station = new Station(this.wifi, this.#clock, services, () => {
      this.#sockets.abortAll(Errno.ECONNABORTED);
    });
    this.#sockets = new Sockets(services, {
      hosts: this.hosts,
      isConnected: () => this.#station.isConnected,
      consoleReadable: () => this.#input.length > 0,
    });
    this.#watchdog = new Watchdog(
      this.#clock,
      () => this.#runtime?.watchdogFedAt ?? 0,
      () => {
        this.reset('watchdog');
      },
    );
    this.flash.onPowerCut = () => {
      this.#losePower();
    };
    for (const [path, content] of Object.entries(options.files ?? {})) this.flash.writeFile(path, content);
  }

  static async create(options: VirtualNodeOptions = {}): Promise<VirtualNode> {
    return new VirtualNode(await microPythonBuild(options.micropython), options);
  }

  get micropython(): string {
    return this.#build.version;
  }

  /** How often it has started since it was created. */
  get boots(): number {
    return this.#boots;
  }

  get isOn(): boolean {
    return this.#generation !== 0 && (this.#runtime !== undefined || this.#cancelWakeUp !== undefined);
  }

  /** The node's UART. Plug cables into it with `plugIn`, `serveOnTcp`, `servePty`. */
  readonly console: ConsolePort = {
    onOutput: (listener) => {
      this.on('output', listener);
      return () => {
        this.off('output', listener);
      };
    },
    receive: (bytes, capacity = Infinity) => {
      let taken = 0;
      for (const byte of bytes) {
        if (this.#runtime && byte === this.#runtime.interruptChar) this.#runtime.interrupt();
        else if (this.#input.length < capacity) this.#input.push(byte);
        else continue;
        taken++;
      }
      this.#runtime?.wake();
      return taken;
    },
  };

  /** Types at the console. */
  type(text: string): void {
    this.console.receive(Buffer.from(text, 'utf8'));
  }

  /**
   * Runs Python at the console, interrupting the program that runs there.
   *
   * @throws {@link VirtualNodeError} with code `TIMEOUT` where it does not end in time.
   */
  async exec(code: string, options: WaitOptions = {}): Promise<ExecResult> {
    return execAtConsole(this.console, code, options);
  }

  /**
   * Bytes that Python allocates on MicroPython's heap while it runs the code. This port collects garbage only between
   * programs, so this counts every allocation: it is never less than the code's peak on a board.
   */
  async allocatedBytes(code: string, options: WaitOptions = {}): Promise<number> {
    const name = '__allocated';
    const { output, traceback } = await this.exec(
      `import gc\n${name} = gc.mem_alloc()\n${code}\nprint('\\n%d' % (gc.mem_alloc() - ${name}))`,
      options,
    );
    if (traceback) throw new VirtualNodeError('PYTHON', `the measured code failed:\n${traceback}`);
    return Number(output.trimEnd().split('\n').at(-1));
  }

  /** Resolves when boot.py is about to run. A node that is on keeps running. */
  async powerOn(): Promise<void> {
    if (this.isOn) {
      await this.#starting;
      return;
    }
    this.flash.powerOn();
    this.machine.losePower();
    await this.#boot('power-on', false);
  }

  /** Pulls the plug: what was not durable on the flash is gone, and so is the RTC memory. */
  async powerOff(): Promise<void> {
    const runtime = this.#runtime;
    this.#losePower();
    this.flash.powerOff();
    await runtime?.stop();
  }

  /** As the reset button (`hard`) or what the node does to itself. */
  reset(reason: Exclude<ResetReason, 'power-on'> = 'hard', options: { rawRepl?: boolean } = {}): void {
    this.#stopChip(reason === 'soft');
    this.emit('reset', reason);
    this.flash.powerOn(); // handles are forgotten, unsynced bytes lost, as on any reset of the chip
    this.#restart(reason, options.rawRepl ?? false);
  }

  /** The port on this computer where a server of the node's on `port` listens. */
  hostPort(port: number): number | undefined {
    return this.#sockets.hostPort(port);
  }

  /** Waits until the console has printed something; looks at what was printed since the last match. */
  async waitForOutput(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpMatchArray> {
    return this.transcript.waitFor(pattern, { what: `${this.name}'s console`, ...options });
  }

  /** Waits until the node has started once more than it has now. */
  async waitForBoot(options: WaitOptions = {}): Promise<ResetReason> {
    const { timeoutMs = 30_000, signal } = options;
    const deadline = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const any = signal ? AbortSignal.any([signal, deadline]) : deadline;
      const onBoot = (reason: ResetReason): void => {
        any.removeEventListener('abort', onAbort);
        resolve(reason);
      };
      const onAbort = (): void => {
        this.off('boot', onBoot);
        reject(
          signal?.aborted
            ? (signal.reason as Error)
            : new VirtualNodeError('TIMEOUT', `${this.name} did not boot within ${timeoutMs} ms`),
        );
      };
      if (any.aborted) {
        onAbort();
        return;
      }
      this.once('boot', onBoot);
      any.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Ends the node; nothing of it is left but its flash. */
  async close(): Promise<void> {
    const runtime = this.#runtime;
    this.#losePower();
    await this.#starting;
    await runtime?.stop();
    this.#station.close();
    this.flash.onPowerCut = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #boot(reason: ResetReason, rawRepl: boolean): Promise<void> {
    const generation = ++this.#generation;
    this.machine.cause = causes[reason];
    this.#input.clear();
    const started = new Promise<void>((resolve, reject) => {
      void Runtime.start(
        {
          build: this.#build,
          clock: this.#clock,
          rawRepl,
          bootFiles: true,
          timersDue: () => this.#timers.areDue,
          onOutput: (bytes) => {
            this.transcript.add(bytes);
            this.emit('output', bytes);
          },
          onStarted: () => {
            this.#boots++;
            this.emit('boot', reason);
            resolve();
          },
          onCrash: (error) => {
            this.#losePower();
            reject(error);
            this.emit('crash', error);
          },
        },
        (scratch) => this.#calls(scratch),
      ).then((runtime) => {
        if (generation === this.#generation) this.#runtime = runtime;
        else void runtime.stop().then(resolve);
      }, reject);
    });
    this.#starting = started.catch(() => undefined);
    await started;
  }

  #calls(scratch: Uint8Array): SyscallTable {
    return {
      ...flashCalls(this.flash, scratch),
      ...this.#input.calls,
      ...this.machine.calls,
      ...this.#station.calls,
      ...this.#sockets.calls,
      ...this.#timers.calls,
      ...this.#watchdog.calls,
      'reset.hard': () => {
        this.reset('hard');
        return 0;
      },
      'reset.soft': (args) => {
        this.reset('soft', { rawRepl: args.number(0) === 1 });
        return 0;
      },
      'reset.deepsleep': (args) => {
        this.#sleepDeeply(args.number(0));
        return 0;
      },
      'ntp.time': (args) => ({
        timeoutMs: args.number(1),
        expired: -Errno.ETIMEDOUT,
        poll: () => {
          if (!this.#station.isConnected) return -Errno.EAI_FAIL;
          return this.machine.timeServer ? { text: String(Machine.worldSeconds()) } : undefined;
        },
      }),
    };
  }

  #running(): Runtime {
    if (this.#runtime) return this.#runtime;
    throw new VirtualNodeError('NODE_STATE', `${this.name} is not running: call powerOn() first`);
  }

  #restart(reason: ResetReason, rawRepl: boolean): void {
    this.#boot(reason, rawRepl).catch((error: unknown) => {
      this.emit('crash', error instanceof Error ? error : new Error(String(error)));
    });
  }

  #sleepDeeply(milliseconds: number): void {
    this.#stopChip(false);
    this.emit('reset', 'deep-sleep');
    this.#cancelWakeUp =
      milliseconds < 0
        ? () => undefined
        : this.#clock.after(milliseconds, () => {
            this.#cancelWakeUp = undefined;
            this.flash.powerOn();
            this.#restart('deep-sleep', false);
          });
  }

  #losePower(): void {
    const wasOn = this.isOn;
    this.#stopChip(false);
    this.#generation++;
    if (wasOn) this.emit('powerOff');
  }

  /** MicroPython stops; on a soft reset the watchdog and the radio go on. */
  #stopChip(soft: boolean): void {
    this.#cancelWakeUp?.();
    this.#cancelWakeUp = undefined;
    const runtime = this.#runtime;
    this.#runtime = undefined;
    this.#timers.stopAll();
    this.#sockets.closeAll();
    if (!soft) {
      this.#watchdog.stop();
      this.#station.reset();
    }
    if (runtime) void runtime.stop();
  }
}
