import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { MqttClient } from 'mqtt';
import { within } from './deadline.ts';
import { FleetError, FleetOfflineError } from './errors.ts';
import { connectBroker, type BrokerAccess } from './mqtt-connection.ts';
import { defaultWaitMs, NodeTable, type NodeView, type WaitOptions } from './node-table.ts';
import { parseState } from './node-state.ts';
import { parseStatus, parseTarget, targetPayload, type Command, type Status } from './payloads.ts';
import { isNodeName, parseTopic, topics, type TopicKind } from './topics.ts';

export interface FleetOptions extends BrokerAccess {
  /** For the connection and the retained states. @default 10000 */
  readonly timeoutMs?: number;
  /** Ends connecting. */
  readonly signal?: AbortSignal;
}

/** What a fleet tells of. */
export interface FleetEvents {
  /** A node came, went, or changed its state or its target. */
  change: [node: NodeView];
  /** Somebody took a node's retained state away: it is known no more. */
  forgotten: [name: string];
  /** A warning of a node. */
  log: [node: string, line: string];
  /** Whether a node's look for an update went well. */
  status: [node: string, status: Status];
  /** The broker went away, or is there again. */
  connection: [connected: boolean];
  /** Something on a node's topic that is not a node's. */
  problem: [error: FleetError];
  /** The fleet was closed. */
  close: [];
}

const everyNode = '+';

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
  readonly #table = new NodeTable();
  #connected = true;
  #closed = false;

  private constructor(client: MqttClient) {
    super();
    this.#client = client;
    client.on('message', (topic, payload, { retain }) => {
      this.#receive(topic, payload.toString('utf8'), retain);
    });
    const onConnection = (connected: boolean) => (): void => {
      if (this.#closed || connected === this.#connected) return;
      this.#connected = connected;
      this.emit('connection', connected);
    };
    client.on('connect', onConnection(true)).on('close', onConnection(false));
    // Each failed try to come back ends in 'close' as well, which is all there is to say.
    client.on('error', () => undefined);
  }

  /**
   * Connects and reads the retained state and target of every node.
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

  /** Whether the broker is there. While it is not, the nodes are shown as they were last seen. */
  get connected(): boolean {
    return this.#connected;
  }

  /** All nodes, by name. */
  nodes(): NodeView[] {
    return this.#table.all();
  }

  /** One node as it is known now; `undefined` if it was never heard of. */
  node(name: string): NodeView | undefined {
    return this.#table.get(name);
  }

  /**
   * All nodes as they are now, then each that changes. A slow reader gets a node's last view only. Ends when the fleet is
   * closed.
   *
   * @throws the signal's reason.
   */
  async *changes({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<NodeView, void> {
    const news = new Map(this.nodes().map((view) => [view.name, view]));
    let wake = (): void => undefined;
    const onChange = (view: NodeView): void => {
      news.set(view.name, view);
      wake();
    };
    const onForgotten = (name: string): void => {
      news.delete(name);
    };
    const onEnd = (): void => {
      wake();
    };
    this.on('change', onChange).on('forgotten', onForgotten).on('close', onEnd);
    signal?.addEventListener('abort', onEnd);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const [view] = news.values();
        if (view) {
          news.delete(view.name);
          yield view;
        } else if (this.#closed) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.off('change', onChange).off('forgotten', onForgotten).off('close', onEnd);
      signal?.removeEventListener('abort', onEnd);
    }
  }

  /**
   * Has the nodes look for an update now.
   *
   * @returns the nodes' states after they took the command: `state.error` tells what they had against it.
   * @throws FleetOfflineError before anything is sent; FleetTimeoutError; the signal's reason.
   */
  async trigger(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('check', names, options);
  }

  /** Has the nodes return to their previous version. Returns and throws as `trigger`. */
  async rollback(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('rollback', names, options);
  }

  /** Has the nodes restart, which makes them look for an update too. Returns and throws as `trigger`. */
  async reset(names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    return this.#command('reset', names, options);
  }

  /**
   * Says which commit a node may install, whatever its ref points to; `null` lets it follow its ref again. A node that is
   * online takes it at once, another when it is back.
   *
   * @throws FleetError `FLEET_OPTION`, `FLEET_CLOSED`; `FLEET_TIMEOUT` where the broker did not confirm it: once it is there again it may get it
   * all the same. The signal's reason.
   */
  async setTarget(
    name: string,
    commit: string | null,
    { timeoutMs = defaultWaitMs, signal }: WaitOptions = {},
  ): Promise<void> {
    this.#checkNames([name]);
    signal?.throwIfAborted();
    const payload = commit === null ? '' : targetPayload(commit);
    const sent = this.#client.publishAsync(topics.target(name), payload, { qos: 1, retain: true });
    await within(sent, timeoutMs, signal, () => {
      const message = `the broker did not confirm the target of ${name} within ${timeoutMs} ms`;
      return new FleetError('FLEET_TIMEOUT', message);
    });
  }

  /**
   * Waits until all of these nodes are online with this version.
   *
   * @param version - a commit id of 40 hexadecimal digits.
   * @returns the nodes, in the order of `names`.
   * @throws FleetTimeoutError that names the nodes which are not; FleetError `FLEET_OPTION` for what is no node's name, `FLEET_CLOSED`; the
   * signal's reason.
   * @example
   * await fleet.trigger(['lamp']);
   * const [lamp] = await fleet.waitFor(commit, ['lamp'], { timeoutMs: 120_000 });
   */
  async waitFor(version: string, names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    this.#checkNames(names);
    const runs = ({ state }: NodeView): boolean => state.online && state.version === version;
    return this.#table.until(names, runs, `the nodes did not run ${version}`, options);
  }

  /** Ends the connection to the broker. What waits ends with `FLEET_CLOSED`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#table.close();
    this.emit('close');
    await this.#client.endAsync(true);
  }

  /** `await using` closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The broker sends what is retained before what comes later: once our own message is back, all states are here.
   *
   * With QoS 0: of QoS 1 a broker sends only what it can keep a record of (Mosquitto 1,000 messages) and drops the rest, our own message with it.
   */
  async #readRetained(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const marker = `ota/fleet/${randomUUID()}`;
    const here = new Promise<void>((resolve) => {
      this.#client.on('message', (topic) => {
        if (topic === marker) resolve();
      });
    });
    const { target, state, log, status } = topics;
    const filters = [...[target, state, log, status].map((topic) => topic(everyNode)), marker];
    const read = this.#client
      .subscribeAsync(filters, { qos: 0 })
      .then(() => this.#client.publishAsync(marker, '', { qos: 0 }))
      .then(() => here)
      .then(() => this.#client.unsubscribeAsync(marker));
    await within(read, timeoutMs, signal, () => {
      return new FleetError(
        'FLEET_TIMEOUT',
        `the broker did not answer a subscription within ${timeoutMs} ms`,
      );
    });
  }

  #receive(topic: string, payload: string, isRetained: boolean): void {
    const parsed = parseTopic(topic);
    if (!parsed) return;
    try {
      this.#take(topic, payload, { ...parsed, isRetained });
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      this.emit('problem', error);
    }
  }

  #take(
    topic: string,
    payload: string,
    { kind, node, isRetained }: { kind: TopicKind; node: string; isRetained: boolean },
  ): void {
    if (kind === 'log') this.emit('log', node, payload);
    else if (kind === 'status') this.emit('status', node, parseStatus(topic, payload));
    else if (kind === 'target') {
      const view = this.#table.setTarget(node, parseTarget(topic, payload)?.commit ?? null);
      if (view) this.emit('change', view);
    } else if (kind === 'state') {
      if (payload !== '') {
        this.emit('change', this.#table.setState(node, parseState(topic, payload), isRetained));
      } else if (this.#table.forget(node)) this.emit('forgotten', node);
    }
  }

  async #command(cmd: Command['cmd'], names: readonly string[], options?: WaitOptions): Promise<NodeView[]> {
    this.#checkNames(names);
    options?.signal?.throwIfAborted();
    const offline = names.filter((name) => !this.node(name)?.state.online);
    if (offline.length > 0) throw new FleetOfflineError(offline);
    const id = randomUUID();
    const payload = JSON.stringify({ cmd, id } satisfies Command);
    const took = this.#table.until(
      names,
      ({ state }) => state.cmd === id,
      `the nodes did not take "${cmd}"`,
      options,
    );
    const sent = names.map((name) => this.#client.publishAsync(topics.command(name), payload, { qos: 1 }));
    const [views] = await Promise.all([took, ...sent]);
    return views;
  }

  #checkNames(names: readonly string[]): void {
    if (this.#closed) throw new FleetError('FLEET_CLOSED', 'the fleet is closed');
    const wrong = names.find((name) => !isNodeName(name));
    if (wrong === undefined) return;
    const message = `"${wrong}" cannot be a node's name: it is empty, "all", or holds / + or #`;
    throw new FleetError('FLEET_OPTION', message);
  }
}
