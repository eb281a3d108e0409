import { createHash } from 'node:crypto';
import { FirmwareError } from '../errors.ts';

/** A file of `src/` as a signature knows it: by its name and Git's id of its bytes. */
export interface ReleaseFile {
  /** Relative to `src/`, with slashes. */
  readonly path: string;
  /** Git's blob id, 40 hexadecimal digits. */
  readonly id: string;
  /** In bytes. */
  readonly size: number;
}

/** Where a release keeps its signature, relative to `src/`. It is not signed itself. */
export const signatureFile = '.signature';

const longestName = 255;
const largestFile = 16 * 1024 * 1024;
/** What a node keeps in the folder of a version besides the files of the repository. */
const namesOfTheNode = ['.version', '.tree', '.tree.part'];

/** What Git calls a file with these bytes. */
export function releaseFile(path: string, content: Uint8Array): ReleaseFile {
  const id = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  return { path, id, size: content.length };
}

/**
 * What is signed, but for the serial number: a line for each folder and file, as the node lists them. That is folder by folder in Git's order,
 * a folder before what is in it.
 *
 * @throws FirmwareError `RELEASE_FILE`, naming a file that no node would install.
 */
export function releaseLines(files: readonly ReleaseFile[]): string {
  const root = new Folder('');
  for (const file of files) {
    if (file.path !== signatureFile) root.add(checked(file), file.path.split('/'));
  }
  let text = '';
  const folders = [root];
  // The list grows by the folders that are found.
  for (const folder of folders) {
    for (const entry of folder.inOrder()) {
      if (entry instanceof Folder) {
        text += `d 0 - ${entry.path}\n`;
        folders.push(entry);
      } else text += `f ${entry.size} ${entry.id} ${entry.path}\n`;
    }
  }
  return text;
}

class Folder {
  readonly path: string;
  readonly #entries = new Map<string, Folder | ReleaseFile>();

  constructor(path: string) {
    this.path = path;
  }

  add(file: ReleaseFile, [name = '', ...rest]: readonly string[]): void {
    const there = this.#entries.get(name);
    if (rest.length === 0) {
      if (there) throw refused(file.path, 'is there twice');
      this.#entries.set(name, file);
      return;
    }
    const folder = there ?? new Folder(this.path === '' ? name : `${this.path}/${name}`);
    if (!(folder instanceof Folder)) throw refused(file.path, 'lies in what is a file');
    this.#entries.set(name, folder);
    folder.add(file, rest);
  }

  /** Git compares bytes, and a folder's name with a slash after it. */
  inOrder(): (Folder | ReleaseFile)[] {
    const keyed = [...this.#entries].map(
      ([name, entry]) => [Buffer.from(entry instanceof Folder ? `${name}/` : name), entry] as const,
    );
    return keyed.sort(([a], [b]) => Buffer.compare(a, b)).map(([, entry]) => entry);
  }
}

/** Holds a file to what nodes hold it to (`_wrong` in device/ota/tree.py). */
function checked(file: ReleaseFile): ReleaseFile {
  const { path, id, size } = file;
  for (const name of path.split('/')) {
    if (['', '.', '..'].includes(name) || namesOfTheNode.includes(path)) {
      throw refused(path, 'has a name that is not allowed');
    }
    if (name.startsWith('"')) throw refused(path, 'has a name that Gogs lists wrongly (the quotation mark)');
    if (Buffer.byteLength(name) > longestName) throw refused(path, `has a name of over ${longestName} bytes`);
  }
  if (/[\\\0-\x1f]/.test(path)) throw refused(path, 'has a character in its name that is not allowed');
  if (Buffer.from(path).toString() !== path) throw refused(path, 'has a name that is no Unicode');
  if (!/^[0-9a-f]{40}$/.test(id)) throw refused(path, 'has an id that is not one of a Git blob (SHA-1)');
  if (!Number.isInteger(size) || size < 0 || size > largestFile) throw refused(path, 'is larger than 16 MiB');
  return file;
}

function refused(path: string, why: string): FirmwareError {
  return new FirmwareError(
    'RELEASE_FILE',
    `src/${path.replaceAll(/[^ -~]/g, '?')} ${why}: no node installs it`,
  );
}
