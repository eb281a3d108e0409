import type { VirtualNode } from '@ota/testbed';
import { digest, versionIn } from '../powercut/versions.ts';
import type { Release } from './applications.ts';

/** A node, what it has done, and when it did anything last. */
export class WatchedNode {
  readonly node: VirtualNode;
  boots = 0;
  beats = 0;
  /** The name that its application last said, if it said one since the last boot. */
  running: string | undefined;
  /** The longest time, in the node's milliseconds, that it was on and nothing came of it. */
  longestSilenceMs = 0;
  readonly failures: string[] = [];
  readonly #now: () => number;
  readonly #released: ReadonlyMap<string, Release>;
  #progressAt: number;
  #line = '';

  /** @param released by commit id. @param now in the node's milliseconds. */
  constructor(node: VirtualNode, released: ReadonlyMap<string, Release>, now: () => number) {
    this.node = node;
    this.#released = released;
    this.#now = now;
    this.#progressAt = now();
    node.on('boot', () => {
      this.boots++;
      this.running = undefined;
      this.#progress();
    });
    node.on('output', (bytes) => {
      this.#read(Buffer.from(bytes).toString());
    });
    node.on('crash', (error) => this.failures.push(`the testbed failed: ${error.message}`));
  }

  /** So long nothing has come of the node, which is on. */
  get silenceMs(): number {
    if (!this.node.isOn) this.#progressAt = this.#now();
    const silence = this.#now() - this.#progressAt;
    this.longestSilenceMs = Math.max(this.longestSilenceMs, silence);
    return silence;
  }

  /** What is wrong with the versions on its flash, if anything: what runs is whole, and the version file tells the truth. */
  wrong(): string | undefined {
    const found = versionIn(this.node.flash.image(), '/src');
    const release = this.#released.get(found.commit ?? '');
    if (!release) return `/src/.version names ${found.commit ?? 'nothing'}`;
    if (digest(found.files) !== digest(release.files)) return `/src does not hold what ${release.name} is`;
    return release.name === this.running ? undefined : `${this.running ?? 'nothing'} runs on ${release.name}`;
  }

  #progress(): void {
    if (this.silenceMs > 0) this.#progressAt = this.#now();
  }

  #read(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      const name = /^BEAT (\w+)/.exec(line)?.[1];
      if (name === undefined) continue;
      this.beats++;
      this.#progress();
      if (name === this.running) continue;
      this.running = name;
      const wrong = this.wrong();
      if (wrong !== undefined) this.failures.push(wrong);
    }
  }
}
