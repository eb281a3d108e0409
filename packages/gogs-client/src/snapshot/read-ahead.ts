import type { Readable } from 'node:stream';
import { memoryBytes } from './open-file.ts';
import type { SnapshotEntry } from './snapshot.ts';

interface Opened {
  readonly file: SnapshotEntry;
  readonly stream: Promise<Readable>;
}

/** So many files per request at a time may be complete and wait: then one slow answer does not stop the others. */
const waitingPerRequest = 4;

/**
 * Opens files in order before they are asked for: never more than `width` requests at a time, and only as many complete
 * small files as memory should hold. A large file is a request until it has been read.
 */
export class ReadAhead {
  readonly #files: readonly SnapshotEntry[];
  readonly #width: number;
  readonly #open: (file: SnapshotEntry) => Promise<Readable>;
  readonly #coming: Opened[] = [];
  #next = 0;
  #requests = 0;
  #stopped = false;

  constructor(
    files: readonly SnapshotEntry[],
    width: number,
    open: (file: SnapshotEntry) => Promise<Readable>,
  ) {
    this.#files = files;
    this.#width = width;
    this.#open = open;
  }

  /** The next file, or `undefined` after the last. */
  take(): Opened | undefined {
    this.#fill();
    return this.#coming[0];
  }

  /** The file that was taken has been read. */
  done({ file }: Opened): void {
    this.#coming.shift();
    if (isLarge(file)) this.#requests -= 1;
  }

  /** Drops what nobody took. */
  close(): void {
    this.#stopped = true;
    for (const { stream } of this.#coming) {
      stream.then(
        (left) => left.on('error', () => undefined).destroy(),
        () => undefined,
      );
    }
  }

  #fill(): void {
    while (!this.#stopped && this.#requests < this.#width) {
      const file =
        this.#coming.length < this.#width * waitingPerRequest ? this.#files[this.#next] : undefined;
      if (!file) return;
      this.#next += 1;
      this.#requests += 1;
      const stream = this.#open(file);
      this.#coming.push({ file, stream });
      stream.then(
        () => {
          if (isLarge(file)) return;
          this.#requests -= 1;
          this.#fill();
        },
        () => {
          this.#stopped = true; // the reader hears of it when it comes to this file
        },
      );
    }
  }
}

function isLarge({ size }: SnapshotEntry): boolean {
  return size > memoryBytes;
}
