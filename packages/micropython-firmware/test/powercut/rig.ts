import { Site, type FlashImage, type FlashOperation, type VirtualNode } from '@ota/testbed';
import { nodeFiles, siteSettings } from '../../src/index.ts';
import { publish } from '../helpers/publish.ts';
import type { Scenario } from './scenarios.ts';
import { digest, versionIn } from './versions.ts';

const wait = { timeoutMs: 20_000 };
const attempts = 3;

/** What a node did between its boot and its application's first words. */
export interface Boot {
  /** What the application calls itself; undefined where none ran. */
  readonly name: string | undefined;
  /** The end of what was on its console. */
  readonly console: string;
  readonly image: FlashImage;
  readonly operations: readonly FlashOperation[];
}

/** What goes on during a boot, besides the boot. */
export type Course = Pick<Scenario, 'command' | 'mayBeEmpty'>;

/** A node, and its settings with the site's network and with none. */
interface Lane {
  readonly node: VirtualNode;
  readonly settings: string;
  readonly wifi: { readonly online: string; readonly offline: string };
}

const settingsFiles = ['/wifisettings.py', '/nodesettings.py'] as const;

/** A site with a few nodes, on which boots can be tried on any content of a flash, several at a time. */
export class Rig implements AsyncDisposable {
  readonly site: Site;
  /** A flash with the package and no application. */
  readonly empty: FlashImage;
  readonly #idle: Lane[];
  readonly #waiting: ((lane: Lane) => void)[] = [];

  private constructor(site: Site, lanes: Lane[], empty: FlashImage) {
    this.site = site;
    this.empty = empty;
    this.#idle = lanes;
  }

  /** @param files more files for the nodes, or others in place of the package's. */
  static async start(files: Readonly<Record<string, string>> = {}, lanes = 3): Promise<Rig> {
    const site = await Site.start({ repository: 'lamp' });
    const made: Lane[] = [];
    let empty: FlashImage | undefined;
    for (let number = 0; number < lanes; number++) {
      const own = await filesOf(site, `lamp${number}`, true);
      const node = await site.addNode({ name: `lamp${number}`, files: { ...own, ...files }, timeScale: 10 });
      const text = (from: Record<string, Uint8Array>, path: string): string =>
        Buffer.from(from[path] ?? []).toString();
      const offline = text(await filesOf(site, `lamp${number}`, false), settingsFiles[0]);
      made.push({
        node,
        settings: text(own, settingsFiles[1]),
        wifi: { online: text(own, settingsFiles[0]), offline },
      });
      empty ??= bare(node);
    }
    if (!empty) throw new RangeError('a rig has at least one lane');
    return new Rig(site, made, empty);
  }

  /**
   * Boots on this flash until the application says its name, and pulls the plug then. Where none of the names that are
   * `wanted` comes it tries again: a busy computer may be too slow for a node's deadlines.
   */
  async boot(
    image: FlashImage,
    network: boolean,
    wanted?: readonly string[],
    course: Course = {},
  ): Promise<Boot> {
    for (let attempt = 1; ; attempt++) {
      const boot = await this.#boot(image, network, course);
      if (!wanted || wanted.includes(boot.name ?? '') || attempt === attempts) return boot;
    }
  }

  #boot(image: FlashImage, network: boolean, course: Course): Promise<Boot> {
    return this.#with(async (lane) => {
      const { node } = lane;
      prepare(lane, image, network);
      // After a command the node resets, and counts from 1 again: what the command did is what counts.
      let before: FlashOperation[] | undefined;
      const keep = (): void => {
        before ??= [...node.flash.operations];
      };
      if (course.command !== undefined) node.once('reset', keep);
      await node.powerOn();
      const name = await this.#comesUp(node, course);
      node.off('reset', keep);
      const boot = {
        name,
        console: node.transcript.text.slice(-400),
        image: bare(node),
        operations: before ?? [...node.flash.operations],
      };
      await node.powerOff();
      return boot;
    });
  }

  /** The name that the application says, or, where there is a command, that of the one after it. */
  async #comesUp(
    node: VirtualNode,
    { command, mayBeEmpty = false }: Course,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const pattern = mayBeEmpty ? /APP (\w+)\r?\n|resetting in/ : /APP (\w+)\r?\n/;
    const next = async (): Promise<string | undefined> => {
      const found = await node
        .waitForOutput(pattern, { ...wait, ...(signal && { signal }) })
        .catch(() => undefined);
      return found?.[1];
    };
    const first = await next();
    if (command === undefined || first === undefined) return first;
    await publish(this.site.broker, { [`ota/cmd/${node.name}`]: JSON.stringify({ cmd: command }) });
    return next();
  }

  /**
   * Boots on this flash, and cuts the power at an operation. A boot that took another way, since this computer was too
   * slow for the node's deadlines, is tried again.
   *
   * @returns what the flash holds then.
   */
  async cut(
    image: FlashImage,
    network: boolean,
    atOperation: number,
    phase: 'before' | 'during',
    course: Course = {},
  ): Promise<FlashImage> {
    return this.#with(async (lane) => {
      const { node } = lane;
      for (let attempt = 0; attempt < attempts; attempt++) {
        prepare(lane, image, network);
        const over = this.#powerOff(node, course);
        node.once('boot', () => {
          node.flash.cutPower({ atOperation, phase });
        });
        await node.powerOn();
        const wasCut = await over;
        await node.powerOff();
        if (wasCut) return bare(node);
      }
      throw new Error(`operation ${atOperation} did not come in ${attempts} attempts`);
    });
  }

  /** Resolves when the power has gone, or the application runs and it will not go any more. */
  async #powerOff(node: VirtualNode, course: Course): Promise<boolean> {
    const controller = new AbortController();
    const off = new Promise<boolean>((resolve) => {
      node.once('powerOff', () => {
        resolve(true);
      });
    });
    const ran = this.#comesUp(node, course, controller.signal).then(() => !node.isOn); // the wait ends with the power, too
    const wasCut = await Promise.race([off, ran]);
    controller.abort();
    return wasCut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.site.close();
  }

  /** Lends out a node that nobody else uses. */
  async #with<T>(use: (lane: Lane) => Promise<T>): Promise<T> {
    const lane = this.#idle.pop() ?? (await new Promise<Lane>((resolve) => this.#waiting.push(resolve)));
    try {
      return await use(lane);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(lane);
      else this.#idle.push(lane);
    }
  }
}

async function filesOf(site: Site, name: string, network: boolean): Promise<Record<string, Uint8Array>> {
  return nodeFiles(
    siteSettings(site, name, {
      wifi: { mqtt_wait: 20, ntp_host: '', ...(!network && { wifiAP: 'nowhere', wifiTimeout: 0 }) },
      node: {
        httpTimeout: 10,
        watchdogTimeout: 100,
        resetJitter: 0,
        trialSeconds: 0,
        offline: 'run',
        offlineTries: 1,
        offlineCheck: 3600,
      },
    }),
  );
}

function prepare({ node, settings, wifi }: Lane, image: FlashImage, network: boolean): void {
  node.flash.restore(image);
  node.flash.writeFile(settingsFiles[0], network ? wifi.online : wifi.offline);
  node.flash.writeFile(settingsFiles[1], settings);
}

/** The flash without what differs from node to node. */
function bare({ flash }: VirtualNode): FlashImage {
  const image = flash.image();
  for (const path of settingsFiles) image.files.delete(path);
  return image;
}

/** What is wrong with a boot, if anything: the law is one whole version, and a version file that tells the truth. */
export function wrongWith(
  boot: Boot,
  { versions, mayBeEmpty, unproven, previous }: Scenario,
): string | undefined {
  const found = versionIn(boot.image, '/src');
  if (mayBeEmpty && boot.name === undefined && Object.keys(found.files).length === 0) return undefined;
  if (boot.name === undefined) return `no application ran; the console says ${JSON.stringify(boot.console)}`;
  const version = versions.find(({ commit }) => commit === found.commit);
  if (!version) return `/src/.version names ${found.commit ?? 'nothing'}`;
  if (version.name !== boot.name) return `${boot.name} ran, and /src/.version names ${version.name}`;
  if (digest(found.files) !== digest(version.files)) return `/src does not hold what ${version.name} is`;
  if (version === unproven && trialOf(boot.image) !== version.commit)
    return `${version.name} counts as confirmed`;
  const kept = previous && versionIn(boot.image, '/prev');
  if (kept && (kept.commit !== previous.commit || digest(kept.files) !== digest(previous.files)))
    return `/prev does not hold what ${previous.name} is`;
  return undefined;
}

/** The commit that is on trial, as the journal says. */
function trialOf({ files }: FlashImage): string | null {
  const journal = Buffer.from(files.get('/ota.json') ?? '{"trial":null}').toString();
  return (JSON.parse(journal) as { trial: string | null }).trial;
}
