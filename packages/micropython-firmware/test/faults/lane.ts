import type { FlashImage, MessageWatch, ResetReason, Site, VirtualNode } from '@ota/testbed';
import { nodeFiles, siteSettings } from '../../src/index.ts';
import { onNode } from '../helpers/on-node.ts';
import { digest, versionIn, type Version } from '../powercut/versions.ts';
import type { Answers } from './answers.ts';
import { FaultyServer } from './faulty-server.ts';

const wait = { timeoutMs: 60_000 };
const timeScale = 10;

/** In place of main.py: a node that does all but start its application, and looks for an update as often as it is told to. */
const driver = onNode(`
from ota import install, node
from ota.trial import Journal
from ota.watchdog import BOOT_MS, CONSOLE_MS, watchdog


class Driver(node.Node):
    def _run(self):
        pass

    def check(self):
        self._error = None
        self._journal = Journal()
        install.recover(self._journal)
        self._update()


watchdog.window(BOOT_MS)
driver = Driver()
driver.boot()
watchdog.window(CONSOLE_MS)
`);

/** What a node said after it had looked for an update, and what is on its flash. */
export interface Check {
  readonly status: string;
  readonly error: string | null;
  /** Which of the versions /src holds, whole and with a version file that says so; else what is wrong with it. */
  readonly holds: string;
}

/** A node with a server of its own that can be made to fail. */
export class Lane {
  readonly name: string;
  readonly server: FaultyServer;
  readonly #node: VirtualNode;
  readonly #messages: MessageWatch;
  readonly #versions: readonly Version[];
  #image: FlashImage | undefined;
  #driven = false;

  private constructor(
    node: VirtualNode,
    server: FaultyServer,
    messages: MessageWatch,
    versions: readonly Version[],
  ) {
    this.name = node.name;
    this.#node = node;
    this.server = server;
    this.#messages = messages;
    this.#versions = versions;
  }

  /**
   * A node that has just installed the first version.
   *
   * @param versions gets the others later.
   * @param change what is on the node before that.
   */
  static async start(
    site: Site,
    messages: MessageWatch,
    answers: Answers,
    name: string,
    versions: readonly Version[],
    change: (files: Record<string, Uint8Array>) => void,
  ): Promise<Lane> {
    const server = await FaultyServer.start(answers);
    const files = await nodeFiles(
      siteSettings(site, name, {
        wifi: { mqtt_wait: 60, mqtt_keepalive: 0, ntp_host: '' },
        node: {
          gogsRemote: `http://127.0.0.1:${server.port}/${site.repository}`,
          httpTimeout: 10,
          watchdogTimeout: 100,
          resetJitter: 0,
          trialSeconds: 0,
        },
      }),
    );
    change(files);
    const node = await site.addNode({ name, files, timeScale });
    const lane = new Lane(node, server, messages, versions);
    await node.powerOn();
    await node.waitForOutput(/APP one\r?\n/, wait);
    await node.powerOff();
    lane.#image = node.flash.image();
    return lane;
  }

  /** Goes back to the first version. With `boots` each look for an update is a boot, main.py and all. */
  async begin(boots: boolean): Promise<void> {
    if (boots || !this.#driven) await this.powerOff();
    if (!boots && !this.#driven) await this.#drive();
    this.#restore();
  }

  /** Has the node look for an update. */
  async look(): Promise<Check> {
    return this.#looked(async () => {
      if (this.#driven) {
        const { traceback } = await this.#node.exec(onNode('driver.check()'), wait);
        if (traceback) throw new Error(`the look for an update raised:\n${traceback}`);
        return undefined;
      }
      if (this.#node.isOn) this.#node.reset();
      else await this.#node.powerOn();
      return (await this.#node.waitForOutput(/APP (\w+)\r?\n/, wait))[1];
    });
  }

  async powerOff(): Promise<void> {
    this.#driven = false;
    await this.#node.powerOff();
  }

  async #drive(): Promise<void> {
    this.#restore();
    this.#node.flash.removeTree('/main.py');
    await this.#node.powerOn();
    const { traceback } = await this.#unlessBitten(this.#node.exec(driver, wait));
    if (traceback) throw new Error(`the driver failed:\n${traceback}`);
    this.#driven = true;
  }

  #restore(): void {
    if (this.#image) this.#node.flash.restore(this.#image);
  }

  async #looked(look: () => Promise<string | undefined>): Promise<Check> {
    const from = this.#messages.messages.length;
    const ran = await this.#unlessBitten(look());
    const find = (topic: string): Promise<{ payload: string }> =>
      this.#messages.waitFor(
        (message) =>
          message.topic === `${this.name}/${topic}` && !message.payload.includes('"online": false'),
        { ...wait, from },
      );
    const { payload: status } = await find('boot/status');
    const { error } = JSON.parse((await find('ota/state')).payload) as { error: string | null };
    const holds = this.#holds();
    return { status, error, holds: ran === undefined || ran === holds ? holds : `${ran} ran on ${holds}` };
  }

  /** The watchdog must not have to help. */
  async #unlessBitten<T>(look: Promise<T>): Promise<T> {
    let onReset: (reason: ResetReason) => void = () => undefined;
    const bitten = new Promise<never>((_, reject) => {
      onReset = (reason) => {
        if (reason === 'watchdog') reject(new Error('the watchdog ended it'));
      };
    });
    this.#node.on('reset', onReset);
    try {
      return await Promise.race([look, bitten]);
    } finally {
      this.#node.off('reset', onReset);
    }
  }

  #holds(): string {
    const image = this.#node.flash.image();
    const found = versionIn(image, '/src');
    const version = this.#versions.find(({ commit }) => commit === found.commit);
    if (!version) return `/src/.version names ${found.commit ?? 'nothing'}`;
    if (digest(found.files) === digest(version.files)) return version.name;
    return `/src does not hold what ${version.name} is`;
  }
}
