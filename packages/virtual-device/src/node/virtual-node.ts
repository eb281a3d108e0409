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
import { Transmit } from './host/transmit.ts';
import { Waits } from './host/waits.ts';
import { Watchdog } from './host/watchdog.ts';
import { microPythonBuild, type MicroPythonBuild } from './micropython-build.ts';
import { nextBoot } from './next-boot.ts';
import { VirtualNodeError } from './node-errors.ts';
import { Runtime } from './runtime.ts';
import type {
  NodeMachine,
  ResetReason,
  VirtualNodeEvents,
  VirtualNodeOptions,
} from './virtual-node-options.ts';
import { Wifi } from './wifi.ts';

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
  /** @internal */
  readonly machine: NodeMachine;
  /** @internal */
  readonly transcript = new Transcript();
  readonly #machine: Machine;
  readonly #build: MicroPythonBuild;
  readonly #clock: NodeClock;
  readonly #input: ConsoleInput;
  readonly #waits = new Waits();
  readonly #transmit = new Transmit(() => this.#runtime?.takeOutput());
  readonly #station: Station;
  readonly #sockets: Sockets;
  readonly #timers: Timers;
  readonly #watchdog: Watchdog;
  #runtime: Runtime | undefined;
  #starting: Promise<boolean> = Promise.resolve(false);
  /** Says that the start under way will not come to its end. */
  #abandonStart: () => void = () => undefined;
  #boots = 0;
  #generation = 0;
  #on = false;
  /** Threads that are being ended. */
  readonly #ending = new Set<Promise<void>>();
  #cancelWakeUp: (() => void) | undefined;

  private constructor(build: MicroPythonBuild, options: VirtualNodeOptions) {
    super();
    this.name = options.name ?? 'node';
    this.flash = options.flash ?? Flash.memory();
    this.wifi = options.wifi ?? new Wifi([{ ssid: 'site', password: '' }]);
    this.hosts = new Map(Object.entries(options.hosts ?? {}));
    this.#build = build;
    this.#clock = new NodeClock(options.timeScale ?? 1);
    const services: NodeServices = {
      wake: () => this.#runtime?.wake(),
      memory: (address, length) => this.#running().memory(address, length),
    };
    this.#machine = new Machine(this.name, this.#clock, services.wake);
    this.machine = this.#machine;
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
      () => this.#runtime?.watchdogFedAt,
      () => {
        this.reset('watchdog');
      },
    );
    this.flash.onPowerCut = () => {
      this.#losePower();
    };
    for (const [path, content] of Object.entries(options.files ?? {})) this.flash.writeFile(path, content);
  }

  /**
   * Makes a node that is switched off.
   *
   * @throws VirtualDeviceError with code `NO_SUCH_MICROPYTHON` where that version is not installed.
   */
  static async create(options: VirtualNodeOptions = {}): Promise<VirtualNode> {
    return new VirtualNode(await microPythonBuild(options.micropython), options);
  }

  /** The version of MicroPython that it runs. */
  get micropython(): string {
    return this.#build.version;
  }

  /** How often it has started since it was created. */
  get boots(): number {
    return this.#boots;
  }

  /** Whether the node has power. */
  get isOn(): boolean {
    return this.#on;
  }

  /** The node's UART. Plug cables into it with `plugIn`, `serveOnTcp`, `servePty`. */
  readonly console: ConsolePort = {
    onOutput: (listener) => {
      this.on('output', listener);
      return () => {
        this.off('output', listener);
      };
    },
    hold: () => this.#transmit.hold(),
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
   * @throws {@link VirtualNodeError} with code `TIMEOUT` where it does not end in time, `NODE_STATE` where the node loses
   * its power meanwhile, `NODE_CRASH` where MicroPython dies.
   */
  async exec(code: string, options: WaitOptions = {}): Promise<ExecResult> {
    return this.#waits.run(options, (ending) => execAtConsole(this.console, code, ending));
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

  /**
   * Resolves when boot.py is about to run. A node that is on keeps running.
   *
   * @throws {@link VirtualNodeError} with code `NODE_STATE` where it was closed or lost its power before that.
   */
  async powerOn(): Promise<void> {
    if (this.isOn) {
      await this.#starting;
      return;
    }
    this.#on = true;
    this.flash.powerOn();
    this.#machine.losePower();
    if (await this.#boot('power-on', false)) return;
    throw new VirtualNodeError('NODE_STATE', `${this.name} was stopped before it booted`);
  }

  /** Pulls the plug: what was not durable on the flash is gone, and so is the RTC memory. */
  async powerOff(): Promise<void> {
    this.#losePower();
    this.flash.powerOff();
    await Promise.all(this.#ending);
  }

  /** As the reset button (`hard`) or what the node does to itself. Nothing happens to a node that is off. */
  reset(reason: Exclude<ResetReason, 'power-on'> = 'hard', options: { rawRepl?: boolean } = {}): void {
    if (!this.#on) return;
    this.#stopChip(reason === 'soft');
    this.emit('reset', reason);
    this.flash.powerOn(); // handles are forgotten, unsynced bytes lost, as on any reset of the chip
    this.#restart(reason, options.rawRepl ?? false);
  }

  /** The port on this computer where a server of the node's on `port` listens. */
  hostPort(port: number): number | undefined {
    return this.#sockets.hostPort(port);
  }

  /**
   * Waits until the console has printed something; looks at what was printed since the last match.
   *
   * @throws {@link VirtualNodeError} as {@link VirtualNode.exec} does.
   */
  async waitForOutput(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpMatchArray> {
    const what = `${this.name}'s console`;
    return this.#waits.run(options, (ending) => this.transcript.waitFor(pattern, { what, ...ending }));
  }

  /**
   * Waits until the node has started once more than it has now.
   *
   * @throws {@link VirtualNodeError} as {@link VirtualNode.exec} does.
   */
  async waitForBoot(options: WaitOptions = {}): Promise<ResetReason> {
    return this.#waits.run(options, (ending) => nextBoot(this, ending));
  }

  /** Ends the node; nothing of it is left but its flash. */
  async close(): Promise<void> {
    this.#losePower();
    await this.#starting;
    await Promise.all(this.#ending);
    this.#station.close();
    this.flash.onPowerCut = undefined;
  }

  /** `await using` closes the node. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @returns whether it came as far as boot.py. */
  async #boot(reason: ResetReason, rawRepl: boolean): Promise<boolean> {
    const generation = ++this.#generation;
    this.#machine.cause = causes[reason];
    this.#input.clear();
    const started = new Promise<boolean>((resolve, reject) => {
      this.#abandonStart = () => {
        resolve(false);
      };
      void Runtime.start(
        {
          build: this.#build,
          clock: this.#clock,
          rawRepl,
          bootFiles: true,
          timersDue: () => this.#timers.areDue || this.#machine.isInterrupted,
          onOutput: (bytes) => {
            this.transcript.add(bytes);
            this.emit('output', bytes);
            this.#transmit.settle();
          },
          onStarted: () => {
            this.#boots++;
            this.emit('boot', reason);
            resolve(true);
          },
          onCrash: (error) => {
            this.#losePower(
              new VirtualNodeError('NODE_CRASH', `${this.name}: ${error.message}`, { cause: error }),
            );
            reject(error);
            this.emit('crash', error);
          },
        },
        (scratch) => this.#calls(scratch),
      ).then((runtime) => {
        if (generation === this.#generation) this.#runtime = runtime;
        else this.#end(runtime);
        this.#transmit.settle();
      }, reject);
    });
    this.#starting = started.catch(() => false);
    return started;
  }

  #calls(scratch: Uint8Array): SyscallTable {
    return {
      ...flashCalls(this.flash, scratch),
      ...this.#input.calls,
      ...this.#machine.calls,
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
          return this.#machine.timeServer ? { text: String(Machine.worldSeconds()) } : undefined;
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

  #losePower(crash?: VirtualNodeError): void {
    const wasOn = this.#on;
    this.#on = false;
    this.#stopChip(false);
    this.#generation++;
    if (!wasOn) return;
    this.emit('powerOff');
    this.#waits.end(crash ?? new VirtualNodeError('NODE_STATE', `${this.name} has no power any more`));
  }

  /** MicroPython stops; on a soft reset the watchdog and the radio go on. */
  #stopChip(soft: boolean): void {
    this.#abandonStart();
    this.#cancelWakeUp?.();
    this.#cancelWakeUp = undefined;
    if (soft) this.#watchdog.keep();
    else this.#watchdog.stop();
    const runtime = this.#runtime;
    this.#runtime = undefined;
    this.#timers.stopAll();
    this.#machine.forgetInterrupts();
    this.#sockets.closeAll();
    if (!soft) this.#station.reset();
    if (runtime) this.#end(runtime);
  }

  #end(runtime: Runtime): void {
    const ending = runtime.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
