import * as fs from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FlashError } from './flash-error.ts';
import type { FlashStore } from './flash-store.ts';

/**
 * The files of a real directory, read and written through, so that other programs see them and may change them.
 * Whether names are case-sensitive is up to the host. Symbolic links are refused: they could lead out of the root.
 */
export class DirectoryStore implements FlashStore {
  readonly #root: string;

  /** Makes the directory if there is none. */
  constructor(root: string) {
    this.#root = resolve(root);
    hosted('use as a flash', this.#root, () => fs.mkdirSync(this.#root, { recursive: true }));
  }

  kind(path: string): 'file' | 'directory' | undefined {
    // The root itself is the caller's choice, and may well be a link (as /tmp is on macOS).
    const status = this.#on('look up', path, (real) =>
      path === '/' ? fs.statSync(real) : fs.lstatSync(real, { throwIfNoEntry: false }),
    );
    if (status === undefined) return undefined;
    if (status.isDirectory()) return 'directory';
    if (status.isFile()) return 'file';
    throw new FlashError(
      'EINVAL',
      `${path} is neither a file nor a directory on the host: a flash holds only those, remove it from ${this.#root}`,
    );
  }

  size(path: string): number {
    return this.#on('stat', path, (real) => fs.statSync(real).size);
  }

  modifiedMs(path: string): number {
    return this.#on('stat', path, (real) => Math.floor(fs.statSync(real).mtimeMs));
  }

  list(path: string): string[] {
    return this.#on('list', path, (real) =>
      fs
        .readdirSync(real, { withFileTypes: true })
        .filter((entry) => entry.isFile() || entry.isDirectory())
        .map((entry) => entry.name),
    );
  }

  read(path: string): Buffer {
    return this.#on('read', path, (real) => fs.readFileSync(real));
  }

  readAt(path: string, position: number, target: Uint8Array): number {
    return this.#opened(path, 'r', (file) => fs.readSync(file, target, 0, target.length, position));
  }

  replace(path: string, bytes: Uint8Array): void {
    this.#on('write', path, (real) => {
      fs.writeFileSync(real, bytes);
    });
  }

  writeAt(path: string, position: number, bytes: Uint8Array): void {
    this.#opened(path, 'r+', (file) => {
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(file, bytes, done, bytes.length - done, position + done);
      }
    });
  }

  resize(path: string, size: number): void {
    this.#on('truncate', path, (real) => {
      fs.truncateSync(real, size);
    });
  }

  makeDirectory(path: string): void {
    this.#on('mkdir', path, (real) => {
      fs.mkdirSync(real);
    });
  }

  removeFile(path: string): void {
    this.#on('remove', path, (real) => {
      fs.unlinkSync(real);
    });
  }

  removeDirectory(path: string): void {
    this.#on('remove', path, (real) => {
      fs.rmdirSync(real);
    });
  }

  move(from: string, to: string): void {
    const target = this.#real(to);
    this.#on('rename', from, (real) => {
      // Windows renames a directory only to a name that is free.
      if (fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory()) fs.rmdirSync(target);
      fs.renameSync(real, target);
    });
  }

  #opened<T>(path: string, flags: string, work: (file: number) => T): T {
    return this.#on('open', path, (real) => {
      const file = fs.openSync(real, flags);
      try {
        return work(file);
      } finally {
        fs.closeSync(file);
      }
    });
  }

  #on<T>(doing: string, path: string, work: (real: string) => T): T {
    const real = this.#real(path);
    return hosted(doing, real, () => work(real));
  }

  /** A name that is harmless on a node can mean a way out on the host: `..\\x` or `c:` on Windows. */
  #real(path: string): string {
    const real = join(this.#root, ...path.split('/'));
    const inside = relative(this.#root, real);
    const depth = path === '/' ? 0 : path.split('/').length - 1;
    const parts = inside === '' ? [] : inside.split(sep);
    if (isAbsolute(inside) || parts.length !== depth || parts.includes('..')) {
      throw new FlashError('EINVAL', `${JSON.stringify(path)} leaves the flash's directory ${this.#root}`);
    }
    return real;
  }
}

/** What goes wrong on the host is, for the node, a flash that does not work. */
function hosted<T>(doing: string, real: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof FlashError) throw cause;
    throw new FlashError('EIO', `could not ${doing} ${real} on the host: see the cause`, { cause });
  }
}
