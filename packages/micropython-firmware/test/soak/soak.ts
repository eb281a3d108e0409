import { setTimeout as sleep } from 'node:timers/promises';
import { Site, type MessageWatch } from '@ota/testbed';
import { nodeFiles, siteSettings, type NodeSettings } from '../../src/index.ts';
import { random, type Random } from '../helpers/random.ts';
import { nextRelease, type Release } from './applications.ts';
import { plan, type Happening } from './plan.ts';
import { WatchedNode } from './watched-node.ts';

export interface SoakOptions {
  /** In the nodes' time. */
  readonly hours: number;
  readonly seed: number;
  readonly nodes?: number;
  /** Something happens so often. @default 120 000 */
  readonly meanMs?: number;
  /** The nodes' seconds in one of ours. */
  readonly timeScale?: number;
  /** Told of everything that happens. */
  readonly onEvent?: (atMs: number, text: string) => void;
}

export interface SoakResult {
  /** How often each kind of thing happened. */
  readonly happened: Readonly<Record<string, number>>;
  readonly boots: number;
  readonly beats: number;
  readonly looks: number;
  readonly longestSilenceMs: number;
  readonly failures: readonly string[];
}

interface State {
  readonly version: string | null;
  readonly state: string;
}

/** A node that is on has to boot, or its application to give a sign of life, within this time of its own. */
const stuckMs = 20 * 60_000;
/** When all is well again, so long a node may take to be at the end of the branch. */
const settleMs = 45 * 60_000;
const lookEveryMs = 60_000;
const restartEveryMs = 12 * 60_000;
/** One of the nodes goes on without the broker. */
const offlineRuns: Partial<NodeSettings> = { offline: 'run', offlineTries: 2, offlineCheck: 60 };

/** Lets everything that can go wrong go wrong at random, for hours of the nodes' time, and sees where they end. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const soaking = await Soak.start(options);
  try {
    return await soaking.run();
  } finally {
    await soaking.close();
  }
}

class Soak {
  readonly #options: Required<SoakOptions>;
  readonly #random: Random;
  readonly #site: Site;
  readonly #states: MessageWatch;
  readonly #released = new Map<string, Release>();
  readonly #nodes: WatchedNode[] = [];
  readonly #started = performance.now();
  readonly #happened: Record<string, number> = {};
  readonly #failures: string[] = [];
  /** What will be set right again, by what is wrong. */
  readonly #wrong = new Map<string, { readonly untilMs: number; readonly repair: () => Promise<void> }>();
  #releases = 0;
  #last: Release | undefined;

  private constructor(options: Required<SoakOptions>, site: Site, states: MessageWatch) {
    this.#options = options;
    this.#random = random(options.seed);
    this.#site = site;
    this.#states = states;
  }

  static async start(options: SoakOptions): Promise<Soak> {
    const site = await Site.start({ repository: 'lamp' });
    const all = { nodes: 5, timeScale: 60, meanMs: 120_000, onEvent: () => undefined, ...options };
    const soaking = new Soak(all, site, await site.watch('+/ota/state'));
    for (let number = 0; number < all.nodes; number++) {
      await soaking.#addNode(`lamp${number}`, number === 0 ? offlineRuns : {});
    }
    return soaking;
  }

  async close(): Promise<void> {
    await this.#site.close();
  }

  async run(): Promise<SoakResult> {
    const { hours, nodes, meanMs } = this.#options;
    const durationMs = hours * 3_600_000;
    await this.#push(true);
    await Promise.all(this.#nodes.map(({ node }) => node.powerOn()));
    for (const { atMs, happening } of plan(this.#random, durationMs, meanMs, nodes)) {
      await this.#until(atMs);
      await this.#let(happening);
    }
    await this.#until(durationMs);
    await this.#settle();
    const sum = (of: (watched: WatchedNode) => number): number =>
      this.#nodes.reduce((total, watched) => total + of(watched), 0);
    for (const { node, failures } of this.#nodes) {
      this.#failures.push(...failures.map((failure) => `${node.name}: ${failure}`));
    }
    return {
      happened: this.#happened,
      boots: sum(({ boots }) => boots),
      beats: sum(({ beats }) => beats),
      looks: this.#site.gogs.requests.filter(({ path }) => path.includes('/commits/refs/')).length,
      longestSilenceMs: Math.max(...this.#nodes.map(({ longestSilenceMs }) => longestSilenceMs)),
      failures: this.#failures,
    };
  }

  async #addNode(name: string, more: Partial<NodeSettings>): Promise<void> {
    const files = await nodeFiles(
      siteSettings(this.#site, name, {
        wifi: { mqtt_wait: 120 },
        // A computer that is busy for half a second takes half a minute from the nodes: that must not confirm a bad version.
        node: {
          httpTimeout: 10,
          watchdogTimeout: 60,
          resetJitter: 20,
          trialSeconds: 120,
          debug: false,
          ...more,
        },
      }),
    );
    const node = await this.#site.addNode({ name, files, timeScale: this.#options.timeScale });
    this.#nodes.push(new WatchedNode(node, this.#released, () => this.#now));
  }

  get #now(): number {
    return (performance.now() - this.#started) * this.#options.timeScale;
  }

  /** Waits, sets right what is due, and looks whether a node is stuck. */
  async #until(atMs: number): Promise<void> {
    for (;;) {
      await this.#repair(({ untilMs }) => untilMs <= this.#now);
      this.#findStuck();
      const left = atMs - this.#now;
      if (left <= 0) return;
      const due = [...this.#wrong.values()].map(({ untilMs }) => untilMs - this.#now);
      const next = Math.max(0, Math.min(left, lookEveryMs, ...due));
      await sleep(next / this.#options.timeScale);
    }
  }

  async #repair(isDue: (wrong: { readonly untilMs: number }) => boolean): Promise<void> {
    for (const [what, wrong] of this.#wrong) {
      if (!isDue(wrong)) continue;
      this.#wrong.delete(what);
      this.#say(`${what}: no more`);
      await wrong.repair();
    }
  }

  #findStuck(): void {
    for (const watched of this.#nodes) {
      if (watched.silenceMs < stuckMs) continue;
      const text = watched.node.transcript.text.slice(-300);
      watched.failures.push(`stuck at ${clock(this.#now)}; its console says ${JSON.stringify(text)}`);
      watched.node.reset();
    }
  }

  /** Makes something happen, unless it goes on already. */
  async #let(happening: Happening): Promise<void> {
    const { kind } = happening;
    switch (happening.kind) {
      case 'push':
        await this.#push(happening.isGood);
        return;
      case 'faults':
        this.#count(`${kind}: ${happening.fault.kind}`, ` at ${happening.path}, ${happening.times} times`);
        this.#site.gogs.faults.next(happening.path, happening.fault, happening.times);
        return;
      case 'broker stops':
        await this.#for(
          'broker',
          happening,
          () => this.#site.broker.stop(),
          () => this.#site.broker.start(),
        );
        return;
      case 'broker falls silent':
        await this.#for(
          'broker',
          happening,
          () => {
            this.#site.broker.dropSilently();
          },
          () => {
            this.#site.broker.resume();
          },
        );
        return;
      case 'server is off':
        await this.#for(
          'server',
          happening,
          () => this.#site.gogs.down(),
          () => this.#site.gogs.up(),
        );
        return;
      case 'network is off': {
        const { ssid } = this.#site.accessPoint;
        await this.#for(
          'network',
          happening,
          () => {
            this.#site.wifi.takeAway(ssid);
          },
          () => {
            this.#site.wifi.bringBack(ssid);
          },
        );
        return;
      }
      case 'no time': {
        const setTimeServers = (present: boolean) => () => {
          for (const { node } of this.#nodes) node.machine.timeServer = present;
        };
        await this.#for('time', happening, setTimeServers(false), setTimeServers(true));
        return;
      }
      case 'power goes':
      case 'power goes in a boot': {
        const node = this.#nodes[happening.node]?.node;
        if (!node) return;
        const powerOn = async (): Promise<void> => {
          if (happening.kind === 'power goes in a boot') {
            node.once('boot', () => {
              node.flash.cutPower(happening);
            });
            node.once('powerOff', () => {
              if (!this.#wrong.has(node.name)) {
                this.#say(`${node.name} lost its power`);
                this.#wrong.set(node.name, {
                  untilMs: this.#now + happening.forMs,
                  repair: () => node.powerOn(),
                });
              }
            });
          }
          // A cut may come before it has booted.
          await node.powerOn().catch(() => undefined);
        };
        await this.#for(node.name, happening, () => node.powerOff(), powerOn);
      }
    }
  }

  async #for(
    what: string,
    { kind, forMs }: Extract<Happening, { forMs: number }>,
    begin: () => Promise<void> | void,
    repair: () => Promise<void> | void,
  ): Promise<void> {
    if (this.#wrong.has(what)) return;
    this.#count(kind, ` (${what}) for ${Math.round(forMs / 1000)} s`);
    this.#wrong.set(what, { untilMs: this.#now + forMs, repair: async () => repair() });
    await begin();
  }

  /** @returns the commit id. */
  async #push(isGood: boolean): Promise<string> {
    const release = nextRelease(this.#random, ++this.#releases, this.#last, isGood);
    const paths = Object.keys(release.files);
    const commit = await this.#site.commit({
      files: Object.fromEntries(Object.entries(release.files).map(([path, text]) => [`src/${path}`, text])),
      remove: Object.keys(this.#last?.files ?? {})
        .filter((path) => !paths.includes(path))
        .map((path) => `src/${path}`),
    });
    this.#released.set(commit, release);
    this.#last = release;
    this.#count(isGood ? 'good push' : 'bad push', `: ${release.name} is ${commit.slice(0, 7)}`);
    return commit;
  }

  /**
   * Sets everything right and pushes once more: every node has to come to that version and keep it, in half of the runs
   * behind a bad one that the branch ends at.
   */
  async #settle(): Promise<void> {
    this.#site.gogs.faults.clear();
    while (this.#wrong.size > 0) await this.#repair(() => true);
    await Promise.all(this.#nodes.map(({ node }) => node.powerOn().catch(() => undefined)));
    const good = await this.#push(true);
    await this.#expectAll(good, 'confirmed');
    if (this.#random.next() < 0.5) {
      await this.#push(false);
      await this.#expectAll(good, 'reverted');
    }
    this.#findConfirmedBad();
  }

  /** Restarts the broker now and then until every node runs this commit and says so. */
  async #expectAll(commit: string, wanted: State['state']): Promise<void> {
    const name = this.#released.get(commit)?.name;
    const end = this.#now + settleMs;
    let restartAt = this.#now;
    const isThere = (watched: WatchedNode): boolean => {
      const state = this.#stateOf(watched.node.name);
      return watched.running === name && state?.version === commit && state.state === wanted;
    };
    while (this.#now < end && !this.#nodes.every(isThere)) {
      if (this.#now >= restartAt) {
        // More than once: a look that this computer was too slow for is not repeated before the next reset.
        await this.#site.broker.stop();
        await this.#site.broker.start();
        restartAt = this.#now + restartEveryMs;
      }
      await this.#until(this.#now + 5_000);
    }
    for (const watched of this.#nodes) {
      const wrong = isThere(watched)
        ? watched.wrong()
        : `ends on ${watched.running ?? 'nothing'}, state ${JSON.stringify(this.#stateOf(watched.node.name))}, not ${wanted} on ${name ?? ''}`;
      if (wrong !== undefined) watched.failures.push(wrong);
    }
  }

  #stateOf(name: string): State | undefined {
    const last = this.#states.messages.findLast(({ topic }) => topic === `${name}/ota/state`);
    return last && (JSON.parse(last.payload) as State);
  }

  #findConfirmedBad(): void {
    for (const { topic, payload } of this.#states.messages) {
      const { version, state } = JSON.parse(payload) as State;
      const release = this.#released.get(version ?? '');
      if (release && !release.isGood && state === 'confirmed') {
        this.#failures.push(`${topic}: ${release.name} was confirmed`);
        return;
      }
    }
  }

  #count(what: string, details: string): void {
    this.#happened[what] = (this.#happened[what] ?? 0) + 1;
    this.#say(what + details);
  }

  #say(text: string): void {
    this.#options.onEvent(this.#now, text);
  }
}

/** Hours, minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
