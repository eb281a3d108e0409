import { randomBytes } from 'node:crypto';
import {
  SimulatedBoard,
  VirtualNode,
  Wifi,
  type AccessPoint,
  type SimulatedBoardOptions,
  type VirtualNodeOptions,
} from '@ota/virtual-device';
import { createBroker, type Broker, type BrokerOptions } from './broker/broker.ts';
import type { MessageWatch } from './broker/message-watch.ts';
import { watch } from './broker/watch.ts';
import { TestbedError } from './errors.ts';
import type { Change, GogsServer } from './gogs/gogs-server.ts';
import { GogsStandIn } from './gogs/gogs-stand-in.ts';
import { RealGogs } from './gogs/real-gogs.ts';
import { SimulatedNode } from './simulated-node/simulated-node.ts';
import type { SimulatedNodeOptions } from './simulated-node/simulated-node-types.ts';

/** What a site has. */
export interface SiteOptions<G extends GogsServer = GogsStandIn> {
  /** Starts the Git server. Default: the stand-in; `startRealGogs` for the real one. */
  readonly startGogs?: (signal?: AbortSignal) => Promise<G>;
  readonly broker?: Omit<BrokerOptions, 'signal'>;
  /** Default `site`. */
  readonly ssid?: string;
  /** The repository that the nodes follow; it is private. Default `nodes`. */
  readonly repository?: string;
  readonly signal?: AbortSignal;
}

/** A node of the site; it finds the site's access point. */
export type SiteNodeOptions = Omit<VirtualNodeOptions, 'wifi'> & { readonly name: string };

/** Where broker and repository are, the site knows. */
export type SiteSimulatedNodeOptions = Omit<SimulatedNodeOptions, 'broker' | 'remote' | 'token'>;

/** A board of the site, whose node finds the site's access point. */
export type SiteBoardOptions = Omit<SimulatedBoardOptions, 'node'> & { readonly node: SiteNodeOptions };

/** For {@link SiteOptions.startGogs}: a real Gogs, which has to be installed. */
export async function startRealGogs(signal?: AbortSignal): Promise<RealGogs> {
  return RealGogs.start({ ...(signal && { signal }) });
}

const owner = 'workshop';
const reader = 'node';

/**
 * A whole site on one machine: a Git server with a private repository, an MQTT broker, an access point, and as many nodes as
 * are asked for. Everything is on free ports of the loopback and gone after `close`.
 *
 * @example
 * const site = await Site.start();
 * const node = await site.addNode({ name: 'kitchen', files });
 * await site.commit({ files: { 'src/main.py': 'def start(env): ...' } });
 * await node.powerOn();
 * await site.close();
 */
export class Site<G extends GogsServer = GogsStandIn> implements AsyncDisposable {
  readonly gogs: G;
  readonly broker: Broker;
  readonly wifi: Wifi;
  readonly accessPoint: AccessPoint;
  /** `owner/name` of the repository. */
  readonly repository: string;
  /** Belongs to a user who may only read the repository: what a node needs and no more. */
  readonly token: string;
  readonly nodes: VirtualNode[] = [];
  readonly #simulated: SimulatedNode[] = [];
  readonly boards: SimulatedBoard[] = [];
  readonly #watches: MessageWatch[] = [];
  #closing: Promise<void> | undefined;

  private constructor(gogs: G, broker: Broker, accessPoint: AccessPoint, repository: string, token: string) {
    this.gogs = gogs;
    this.broker = broker;
    this.accessPoint = accessPoint;
    this.wifi = new Wifi([accessPoint]);
    this.repository = `${owner}/${repository}`;
    this.token = token;
  }

  /** Starts Git server, broker and access point, and makes a private repository. */
  static start(options?: SiteOptions): Promise<Site>;
  /** Starts Git server, broker and access point, and makes a private repository. */
  static start<G extends GogsServer>(
    options: SiteOptions<G> & { startGogs: NonNullable<SiteOptions<G>['startGogs']> },
  ): Promise<Site<G>>;
  static async start(options: SiteOptions<GogsServer> = {}): Promise<Site<GogsServer>> {
    const { signal, repository = 'nodes', ssid = 'site' } = options;
    const startGogs = options.startGogs ?? (async () => GogsStandIn.start());
    const gogs = await startGogs(signal);
    try {
      const token = await prepareRepository(gogs, repository);
      const broker = await createBroker({ ...options.broker, ...(signal && { signal }) });
      return new Site(gogs, broker, { ssid, password: secret() }, repository, token);
    } catch (error) {
      await gogs.close();
      throw error;
    }
  }

  /**
   * Makes a node that is not on yet.
   *
   * @throws TestbedError SITE_CLOSED where the site was closed, as all that adds to it does.
   */
  async addNode(options: SiteNodeOptions): Promise<VirtualNode> {
    return this.#keep(this.nodes, await VirtualNode.create({ ...options, wifi: this.wifi }));
  }

  /**
   * Makes a node that is not on yet and speaks the protocol only, so that there can be hundreds.
   *
   * @throws TestbedError SITE_CLOSED.
   */
  addSimulatedNode(options: SiteSimulatedNodeOptions): SimulatedNode {
    if (this.#closing) throw closed();
    const { host, port } = this.broker;
    const broker = { host, port, ...this.broker.credentials() };
    const remote = `${this.gogs.baseUrl}/${this.repository}`;
    const node = new SimulatedNode({ ...options, broker, remote, token: this.token });
    this.#simulated.push(node);
    return node;
  }

  /**
   * Makes a board, whose node joins the site once the board has a firmware. It has its power at once.
   *
   * @throws TestbedError BOARD_FILES for files without a firmware; SITE_CLOSED.
   */
  async addBoard(options: SiteBoardOptions): Promise<SimulatedBoard> {
    const node = { ...options.node, wifi: this.wifi };
    return this.#keep(this.boards, await SimulatedBoard.create({ ...options, node }));
  }

  /** Commits to the repository's `main` branch. @returns the commit id. */
  async commit(change: Change): Promise<string> {
    return this.gogs.commitFiles(owner, this.repository.slice(owner.length + 1), change);
  }

  /**
   * Listens to the broker, over its restarts, until the site is closed.
   *
   * @throws TestbedError SITE_CLOSED.
   */
  async watch(topicFilter = '#'): Promise<MessageWatch> {
    return this.#keep(this.#watches, await watch(this.broker, topicFilter));
  }

  /** Ends everything: nodes, watches, broker, server. Nothing is left behind. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** `await using` closes the site. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What took so long to start that the site was closed meanwhile is closed too. */
  async #keep<T extends { close(): Promise<void> }>(kept: T[], added: T): Promise<T> {
    if (this.#closing) {
      await added.close();
      throw closed();
    }
    kept.push(added);
    return added;
  }

  async #close(): Promise<void> {
    const results = await Promise.allSettled([
      ...this.nodes.map((node) => node.close()),
      ...this.#simulated.map((node) => node.powerOff()),
      ...this.boards.map((board) => board.close()),
      ...this.#watches.map((messages) => messages.close()),
    ]);
    results.push(...(await Promise.allSettled([this.broker.close(), this.gogs.close()])));
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (errors.length > 0) throw new AggregateError(errors, 'the site did not close cleanly');
  }
}

async function prepareRepository(gogs: GogsServer, repository: string): Promise<string> {
  const password = secret();
  await gogs.createUser({ name: owner, password: secret() });
  await gogs.createUser({ name: reader, password });
  await gogs.createRepository({ owner, name: repository, private: true });
  await gogs.addCollaborator(owner, repository, reader, 'read');
  return gogs.createToken(reader, password, 'updates');
}

function closed(): TestbedError {
  return new TestbedError('SITE_CLOSED', 'the site is closed: nothing can be added to it');
}

function secret(): string {
  return randomBytes(12).toString('hex');
}
