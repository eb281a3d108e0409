import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { findTool } from '@ota/virtual-device';
import { guard, type Guarded } from '../guard.ts';
import { BrokerError } from './broker-error.ts';
import { freePort } from './free-port.ts';
import { MosquittoFiles } from './mosquitto-files.ts';
import { connectOwnClient } from './own-client.ts';
import { ownClientPrefix, type BrokerServer, type ServerOptions, type ServerPorts } from './server.ts';

const startMs = 10_000;
const stopMs = 5_000;
const keptLines = 20;
/** A free port may be gone before Mosquitto takes it. */
const attempts = 5;

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly log: string[];
}

/** Mosquitto as a child process, on loopback, with everything it needs in one private folder. */
export class MosquittoServer implements BrokerServer {
  readonly kind = 'mosquitto';
  readonly #program: string;
  readonly #options: ServerOptions;
  readonly #files: MosquittoFiles;
  readonly #guarded: Guarded;
  #running: Running | undefined;
  #ports: ServerPorts | undefined;
  #connectCount = 0;

  /** @throws BrokerError `BROKER_NOT_INSTALLED`. */
  constructor(options: ServerOptions) {
    const program = findTool('mosquitto');
    if (program === undefined) {
      throw new BrokerError(
        'BROKER_NOT_INSTALLED',
        'mosquitto is not installed: put it in PATH, set OTA_MOSQUITTO, or use the embedded broker',
      );
    }
    this.#program = program;
    this.#options = options;
    this.#files = new MosquittoFiles(options);
    this.#guarded = guard(this.#files.folder);
  }

  get connectCount(): number {
    return this.#connectCount;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  async start(signal?: AbortSignal): Promise<ServerPorts> {
    for (let attempt = 1; ; attempt++) {
      const ports = this.#ports ?? (await this.#choosePorts());
      const running = this.#spawn(ports);
      try {
        await this.#untilReady(running, ports, signal);
        this.#ports = ports;
        return ports;
      } catch (error) {
        await this.stop();
        const taken = running.log.some((line) => line.includes('Address already in use'));
        if (!taken || this.#ports || attempt === attempts) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.child.kill('SIGTERM');
    const timer = setTimeout(() => running.child.kill('SIGKILL'), stopMs);
    await running.exited;
    clearTimeout(timer);
    this.#guarded.runs(undefined);
  }

  async close(): Promise<void> {
    await this.stop();
    this.#files.remove();
    this.#guarded.release();
  }

  async #choosePorts(): Promise<ServerPorts> {
    const plain = await freePort();
    return this.#options.certificates ? { plain, tls: await freePort() } : { plain };
  }

  #spawn(ports: ServerPorts): Running {
    const child = spawn(this.#program, ['-c', this.#files.writeConfig(ports)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#guarded.runs(child.pid);
    const log: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      if (log.length > keptLines) log.shift();
      if (isAcceptedConnect(line)) this.#connectCount++;
    });
    const exited = once(child, 'close').catch((error: unknown) => log.push(String(error)));
    this.#running = { child, exited, log };
    return this.#running;
  }

  async #untilReady({ exited, log }: Running, ports: ServerPorts, signal?: AbortSignal): Promise<void> {
    const gone = new AbortController();
    void exited.then(() => {
      gone.abort(new BrokerError('BROKER_START', `mosquitto ended at once. It said:\n${log.join('\n')}`));
    });
    const client = await connectOwnClient(
      { port: ports.plain, credentials: this.#options.credentials },
      { timeoutMs: startMs, signal: signal ? AbortSignal.any([signal, gone.signal]) : gone.signal },
    );
    await client.endAsync(true);
  }
}

/** E.g. "1700000000: New client connected from 127.0.0.1:41000 as node (p2, c1, k60, u'site').", since Mosquitto 1.0. */
function isAcceptedConnect(line: string): boolean {
  return line.includes(': New client connected from ') && !line.includes(` as ${ownClientPrefix}`);
}
