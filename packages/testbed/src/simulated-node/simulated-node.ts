import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogRing } from './log-ring.ts';
import { NodeHttp, RefusedError } from './node-http.ts';
import { NodeMqtt } from './node-mqtt.ts';
import { dateOf, endOfBranch, fetchFiles, listFiles } from './node-update.ts';
import type { InstalledVersion, SimulatedNodeEvents, SimulatedNodeOptions } from './simulated-node-types.ts';

const attempts = 3;
const pauseMs = 1_000;
/** Between two boots that did not come to the broker: doubled from one to the next. */
const shortestPauseMs = 10_000;
const longestPauseMs = 300_000;
/** A node looks after its connection so often. */
const tickMs = 500;
const firmware = '1.27.0';
const heap = 100_000;

/**
 * A node's conversation without the node: the same MQTT packets and HTTP requests, in the same order and after the same
 * waits, as `device/ota/*.py` has them, but no interpreter, no flash and no application. A thousand of them fit where a
 * dozen virtual nodes do. A test of the end-to-end suite compares both byte by byte at the same site.
 *
 * @example
 * const node = new SimulatedNode({ name: 'n1', broker, remote: `${gogs.baseUrl}/${repository}`, token });
 * node.powerOn();
 * await once(node, 'state');
 * await node.powerOff();
 */
export class SimulatedNode extends EventEmitter<SimulatedNodeEvents> {
  readonly name: string;
  readonly #options: SimulatedNodeOptions;
  readonly #log = new LogRing();
  #on = new AbortController();
  /** Ends the life between two resets. */
  #life = new AbortController();
  #living: Promise<void> = Promise.resolve();
  #mqtt: NodeMqtt | undefined;
  #orders: { topic: string; text: string; retained: boolean }[] = [];
  #busy = false;
  #src: InstalledVersion | undefined;
  #prev: InstalledVersion | undefined;
  #trial: string | undefined;
  #bad: string[] = [];
  #reverted = false;
  #ref: string | null = null;
  #target: string | undefined;
  #error: string | null = null;
  #cmd: unknown = null;
  #since: string | null = null;
  #boots = 0;
  #fails = 0;
  #started = false;
  #dueMs = 0;
  #resetInMs = 0;

  constructor(options: SimulatedNodeOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#src = options.installed;
    this.#on.abort();
  }

  /** The commit that it runs. */
  get version(): string | undefined {
    return this.#src?.commit;
  }

  /** The version that it runs; none before the first update. */
  get installed(): InstalledVersion | undefined {
    return this.#src;
  }

  /** How often it started. */
  get boots(): number {
    return this.#boots;
  }

  /** Starts it; it goes on by itself until `powerOff`. */
  powerOn(): void {
    if (!this.#on.signal.aborted) return;
    this.#on = new AbortController();
    this.#log.clear();
    this.#boots = this.#fails = 0;
    this.#cmd = null;
    this.#dueMs = 0;
    this.#living = this.#live();
  }

  /** Resolves when nothing of the node goes on. */
  async powerOff(): Promise<void> {
    this.#on.abort();
    this.#life.abort();
    await this.#living;
  }

  /** One life after the other, each from a reset to the next. */
  async #live(): Promise<void> {
    while (!this.#on.signal.aborted) {
      this.#life = new AbortController();
      this.#boots++;
      this.emit('boot');
      try {
        await this.#boot();
        await this.#run();
      } catch (error) {
        if (!this.#life.signal.aborted) throw error;
      }
      this.#mqtt?.close();
      this.#mqtt = undefined;
      await sleep(this.#resetInMs, undefined, { signal: this.#on.signal }).catch(() => undefined);
      this.#resetInMs = 0;
    }
  }

  async #boot(): Promise<void> {
    this.#orders = [];
    this.#error = this.#ref = null;
    this.#started = this.#busy = false;
    this.#target = undefined;
    const before = this.#log.takeBefore();
    this.#recover();
    await this.#wait(this.#options.bootMs ?? 200);
    this.#log.add('boot', 'WiFi site 192.168.4.20');
    this.#since = `${new Date().toISOString().slice(0, 19)}Z`;
    const { mqtt, atOnce } = await this.#connect();
    this.#mqtt = mqtt;
    mqtt.on('lost', () => {
      this.#lost().catch(this.#unlessOver);
    });
    mqtt.on('message', (message) => {
      this.#orders.push(message);
      if (this.#started) this.#obey(true).catch(this.#unlessOver);
    });
    this.#log.add('boot', `broker ${this.#options.broker.host}`);
    await mqtt.listen();
    await this.#wait(100);
    for (const line of before) mqtt.publish('ota/log', line);
    if (!atOnce) {
      const waitMs = this.#jitterMs();
      this.#dueMs += waitMs;
      this.#log.add('boot', `waited for the broker: update in ${waitMs} ms`);
      await this.#wait(waitMs);
    }
    await this.#obey(false);
    this.emit('check', this.#dueMs);
    try {
      await this.#update();
    } catch (error) {
      this.#fail(error);
    }
    this.#life.signal.throwIfAborted();
    mqtt.publish('boot/status', this.#status());
    this.#report();
  }

  /** The gate at boot: no broker, no boot. */
  async #connect(): Promise<{ mqtt: NodeMqtt; atOnce: boolean }> {
    const { host, port } = this.#options.broker;
    const givesUpAt = performance.now() + (this.#options.mqttWait ?? 60) * 1000;
    this.#fails++;
    for (let tries = 1; ; tries++) {
      try {
        const mqtt = await NodeMqtt.connect(this.#options);
        this.#fails = 0;
        return { mqtt, atOnce: tries === 1 };
      } catch (error) {
        this.#life.signal.throwIfAborted();
        if (performance.now() > givesUpAt) {
          this.#resetInMs =
            Math.min(shortestPauseMs * 2 ** (this.#fails - 1), longestPauseMs) + this.#jitterMs();
          this.#life.abort();
        }
        this.#life.signal.throwIfAborted();
        this.#log.add('boot', `waiting for the broker ${host}:${port}: ${String(error)}`);
      }
      const waitMs = pauseMs + Math.floor(Math.random() * 1024);
      this.#dueMs += waitMs;
      await this.#wait(waitMs);
    }
  }

  /** The application: it feeds the watchdog and is confirmed after its trial. Ends with the reset. */
  async #run(): Promise<void> {
    this.#log.add('boot', `starting src.main ${this.#src?.commit ?? 'None'}`);
    this.#started = true;
    this.#obey(true).catch(this.#unlessOver);
    const { trialSeconds = 30 } = this.#options;
    await this.#wait(trialSeconds * 1000);
    if (trialSeconds > 0 && this.#trial !== undefined) {
      this.#trial = undefined;
      this.#log.add('boot', `confirmed ${this.#src?.commit ?? ''}`);
      this.#report();
    }
    await new Promise<void>((resolve) => {
      this.#life.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  /** The broker is gone: after the jitter the node starts again. */
  async #lost(): Promise<void> {
    await this.#wait(Math.random() * tickMs);
    this.#log.add('boot', 'the broker is gone, resetting: the connection was reset');
    this.#resetInMs = this.#dueMs = this.#jitterMs();
    this.emit('lost', this.#resetInMs);
    this.#life.abort();
  }

  async #update(): Promise<void> {
    const http = this.#http();
    try {
      const wanted = await this.#resolve(http);
      if (wanted === this.#src?.commit) {
        this.#log.add('OTAUpdater', `up to date at ${wanted}`);
        return;
      }
      if (this.#bad.includes(wanted)) {
        throw new RefusedError(
          `${wanted} failed on this node and is not taken again: rolled back by command`,
        );
      }
      await this.#install(http, wanted);
    } finally {
      http.close();
    }
  }

  async #install(http: NodeHttp, wanted: string): Promise<void> {
    const date = await this.#retry(() => dateOf(http, wanted));
    const isOlder = this.#target === undefined && Date.parse(date) < Date.parse(this.#src?.date ?? date);
    if (isOlder) throw new RefusedError(`${wanted} is older than what runs: allowDowngrade is off`);
    this.#log.add('OTAUpdater', `updating from ${this.#src?.commit ?? 'None'} to ${wanted}`);
    const lines = await this.#retry(() => listFiles(http, wanted, this.#src));
    await fetchFiles(http, wanted, lines, this.#src, {
      retry: (work) => this.#retry(work),
      log: (text) => this.#log.add('OTAUpdater', text),
    });
    this.#prev = this.#src;
    this.#src = { commit: wanted, date, lines };
    this.#trial = wanted;
    this.#reverted = false;
    this.#log.add('OTAUpdater', `installed ${wanted}`);
  }

  async #resolve(http: NodeHttp): Promise<string> {
    const { branch = 'main' } = this.#options;
    this.#ref = this.#target ?? branch;
    return this.#target ?? this.#retry(() => endOfBranch(http, branch));
  }

  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        this.#life.signal.throwIfAborted();
        if (error instanceof RefusedError || attempt === attempts) throw error;
        this.#log.add('OTAUpdater', `trying again after ${String(error)}`);
      }
      await this.#wait(pauseMs * attempt);
    }
  }

  /** Does what people said by MQTT, one order after the other. */
  async #obey(live: boolean): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let order = this.#orders.shift(); order; order = this.#orders.shift()) {
      if (order.topic.startsWith('ota/target/')) {
        this.#target = commitIn(order.text);
        if (live && !order.retained) await this.#check();
      } else if (!order.retained) await this.#command(order.text);
    }
    this.#busy = false;
  }

  async #command(text: string): Promise<void> {
    const { cmd, id = null } = JSON.parse(text) as { cmd: string; id?: unknown };
    this.#cmd = id;
    this.#log.add('boot', `command ${cmd}`);
    let error: string | null = null;
    if (cmd === 'reset') this.#life.abort();
    else if (cmd === 'rollback') error = this.#rollBack();
    else if (cmd !== 'check') error = `there is no command '${cmd}'`;
    else if (this.#started) {
      await this.#check();
      return;
    }
    this.#life.signal.throwIfAborted();
    if (error !== null) this.#mqtt?.publish('ota/log', this.#log.add('boot', error));
    this.#report(error);
  }

  /** Resets if there is something new: the boot that follows installs it. */
  async #check(): Promise<void> {
    const jitterMs = this.#jitterMs();
    await this.#wait(jitterMs);
    this.emit('check', jitterMs);
    const http = this.#http();
    let failure: string | null = null;
    try {
      const wanted = await this.#resolve(http);
      if (wanted === this.#src?.commit) this.#error = null;
      else if (!this.#bad.includes(wanted)) {
        this.#log.add('OTAUpdater', `there is an update to ${wanted}`);
        this.#dueMs = 0;
        this.#life.abort();
      }
    } catch (error) {
      this.#life.signal.throwIfAborted();
      failure = message(error);
    } finally {
      http.close();
    }
    this.#life.signal.throwIfAborted();
    this.#report(failure);
  }

  /** @returns what speaks against it. */
  #rollBack(): string | null {
    if (!this.#src || !this.#prev) return 'there is no previous version to return to';
    this.#bad.push(this.#src.commit);
    this.#life.abort();
    return null;
  }

  /** A version that was condemned gives way to the one before. */
  #recover(): void {
    if (!this.#src || !this.#bad.includes(this.#src.commit)) return;
    this.#src = this.#prev;
    this.#prev = undefined;
    this.#trial = undefined;
    this.#reverted = true;
    this.#log.add('boot', `returned to ${this.#src?.commit ?? 'None'}`);
  }

  #fail(error: unknown): void {
    this.#life.signal.throwIfAborted();
    this.#error = message(error);
    this.#mqtt?.publish('ota/log', this.#log.add('OTAUpdater', `no update: ${this.#error}`));
  }

  #report(failure: string | null = null): void {
    const version = this.#src?.commit ?? null;
    const state = {
      node: this.name,
      online: true,
      version,
      previous: this.#prev?.commit ?? null,
      state: this.#stateOf(version),
      ref: this.#ref,
      error: failure ?? this.#error,
      boots: this.#boots,
      heap,
      firmware,
      since: this.#since,
      cmd: this.#cmd,
    };
    this.#mqtt?.publish('ota/state', JSON.stringify(state), true);
    this.emit('state', version, failure ?? this.#error);
  }

  #status(): string {
    return this.#error === null ? 'OTA_OK' : 'OTA_error';
  }

  #stateOf(version: string | null): string {
    if (version === null) return 'none';
    if (version === this.#trial) return 'trial';
    return this.#reverted ? 'reverted' : 'confirmed';
  }

  #http(): NodeHttp {
    const { remote, token, httpTimeout = 5 } = this.#options;
    const { signal } = this.#life;
    return new NodeHttp({ remote, token, timeoutMs: httpTimeout * 1000, signal }, (request) => {
      this.emit('request', request);
    });
  }

  #jitterMs(): number {
    return Math.floor(Math.random() * (this.#options.resetJitter ?? 5) * 1000);
  }

  /** @throws AbortError once the life is over. */
  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#life.signal });
  }

  /** What goes on beside the life's own course ends with it. */
  readonly #unlessOver = (error: unknown): void => {
    if (!this.#life.signal.aborted) throw error;
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function commitIn(text: string): string | undefined {
  try {
    const { commit } = JSON.parse(text) as { commit?: unknown };
    return typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
  } catch {
    return undefined; // nobody's target, as on the node
  }
}
