import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { MqttClient } from 'mqtt';
import { within } from './deadline.ts';
import { FleetError, FleetTimeoutError } from './errors.ts';
import { connectBroker, type BrokerAccess } from './mqtt-connection.ts';
import { parseState, type NodeState } from './node-state.ts';
import { isNodeName, parseTopic, topics } from './topics.ts';

export interface FleetOptions extends BrokerAccess {
  /** For the connection and the retained states. @default 10000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface WaitOptions {
  /** @default 60000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A node as the fleet sees it. */
export interface NodeView {
  readonly name: string;
  readonly state: NodeState;
  /** When its state came, by this computer's clock; for a retained one that is when the fleet connected. */
  readonly lastSeen: Date;
}

export interface FleetEvents {
  /** A node came, went, or changed its state. */
  change: [node: NodeView];
  /** A warning of a node. */
  log: [node: string, line: string];
  /** Something on a node's topic that is not a node's. */
  problem: [error: FleetError];
}

const everyNode = '+';
const defaultWaitMs = 60_000;

/**
 * All nodes that a broker knows of.
 *
 * @example
 * const fleet = await Fleet.connect({ url: 'mqtt://192.168.1.2' });
 * for (const { name, state } of fleet.nodes()) console.log(name, state.online, state.version);
 * await fleet.close();
 */
export class Fleet extends EventEmitter<FleetEvents> implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #nodes = new Map<string, NodeView>();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  private constructor(client: MqttClient) {
    super();
    this.#client = client;
    client.on('message', (topic, payload) => {
      this.#receive(topic, payload.toString('utf8'));
    });
  }

  /**
   * Connects and reads the retained state of every node.
   *
   * @throws FleetError `FLEET_OPTION`, `FLEET_CONNECT`, `FLEET_TIMEOUT`; the signal's reason.
   */
  static async connect(options: FleetOptions): Promise<Fleet> {
    const { timeoutMs = 10_000, signal } = options;
    const client = await connectBroker(options, { timeoutMs, signal });
    const fleet = new Fleet(client);
    try {
      await fleet.#readRetained(timeoutMs, signal);
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** All nodes, by name. */
  nodes(): NodeView[] {
    return [...this.#nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  node(name: string): NodeView | undefined {
    return this.#nodes.get(name);
  }

  /** Has the nodes look for an update now. @returns the nodes' states after they took the command. */
  async trigger(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('check', names, options);
  }

  /** Has the nodes return to their previous version. */
  async rollback(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('rollback', names, options);
  }

  async reset(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('reset', names, options);
  }

  /** Says which commit a node may install, whatever its ref points to; `null` lets it follow its ref again. */
  async setTarget(name: string, commit: string | null): Promise<void> {
    this.#checkNames([name]);
    if (commit !== null && !/^[0-9a-f]{40}$/.test(commit)) {
      throw new FleetError('FLEET_OPTION', `a target is a commit id of 40 hex digits, not "${commit}"`);
    }
    const payload = commit === null ? '' : JSON.stringify({ commit });
    await this.#client.publishAsync(topics.target(name), payload, { qos: 1, retain: true });
  }

  /**
   * Waits until all of these nodes are online with this version.
   *
   * @throws FleetTimeoutError that names the nodes which are not; the signal's reason.
   */
  async waitFor(version: string, names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    this.#checkNames(names);
    const runs = ({ state }: NodeView): boolean => state.online && state.version === version;
    return this.#until(names, runs, `the nodes did not run ${version}`, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wakeWaiting();
    await this.#client.endAsync(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The broker sends what is retained before what comes later: once our own message is back, all states are here. */
  async #readRetained(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const marker = `ota/fleet/${randomUUID()}`;
    const here = new Promise<void>((resolve) => {
      this.#client.on('message', (topic) => {
        if (topic === marker) resolve();
      });
    });
    const filters = [topics.state(everyNode), topics.log(everyNode), marker];
    const read = this.#client
      .subscribeAsync(filters, { qos: 1 })
      .then(() => this.#client.publishAsync(marker, '', { qos: 1 }))
      .then(() => here)
      .then(() => this.#client.unsubscribeAsync(marker));
    await within(read, timeoutMs, signal, () => {
      return new FleetError(
        'FLEET_TIMEOUT',
        `the broker did not answer a subscription within ${timeoutMs} ms`,
      );
    });
  }

  #receive(topic: string, payload: string): void {
    const parsed = parseTopic(topic);
    if (!parsed) return;
    if (parsed.kind === 'log') {
      this.emit('log', parsed.node, payload);
      return;
    }
    if (payload === '') return; // somebody took a node's retained state away
    try {
      const state = parseState(topic, payload);
      const before = this.#nodes.get(parsed.node)?.state;
      // A last will says only that the node is gone: what it ran is still known.
      const merged = state.online ? state : { ...state, ...before, ...known(state) };
      const view: NodeView = { name: parsed.node, state: merged, lastSeen: new Date() };
      this.#nodes.set(parsed.node, view);
      this.#wakeWaiting();
      this.emit('change', view);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      this.emit('problem', error);
    }
  }

  async #command(cmd: string, names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    this.#checkNames(names);
    const id = randomUUID();
    const took = this.#until(
      names,
      ({ state }) => state.cmd === id,
      `the nodes did not take "${cmd}"`,
      options,
    );
    const sent = names.map((name) =>
      this.#client.publishAsync(topics.command(name), JSON.stringify({ cmd, id }), { qos: 1 }),
    );
    const [views] = await Promise.all([took, ...sent]);
    return views;
  }

  async #until(
    names: readonly string[],
    isDone: (view: NodeView) => boolean,
    what: string,
    { timeoutMs = defaultWaitMs, signal }: WaitOptions = {},
  ): Promise<NodeView[]> {
    const missing = (): string[] =>
      names.filter((name) => {
        const view = this.#nodes.get(name);
        return !view || !isDone(view);
      });
    let stop = (): void => undefined;
    const done = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.#closed) reject(new FleetError('FLEET_CLOSED', 'the fleet was closed meanwhile'));
        else if (missing().length === 0) resolve();
      };
      this.#waiting.add(look);
      stop = () => {
        this.#waiting.delete(look);
      };
      look();
    });
    try {
      await within(done, timeoutMs, signal, () => new FleetTimeoutError(what, timeoutMs, missing()));
    } finally {
      stop();
    }
    return names.flatMap((name) => this.#nodes.get(name) ?? []);
  }

  #wakeWaiting(): void {
    for (const look of [...this.#waiting]) look();
  }

  #checkNames(names: readonly string[]): void {
    if (this.#closed) throw new FleetError('FLEET_CLOSED', 'the fleet is closed');
    const wrong = names.find((name) => !isNodeName(name));
    if (wrong !== undefined)
      throw new FleetError('FLEET_OPTION', `"${wrong}" cannot be a node's name: it holds / + or #`);
  }
}

/** The fields of a state that say something. */
function known(state: NodeState): NodeState {
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => value !== null),
  ) as unknown as NodeState;
}
