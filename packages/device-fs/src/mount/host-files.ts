import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { parsePython } from '../python/parse.ts';
import { mostPiece } from './mount-code.ts';

const inputOutputError = 5;
const errno = new Map([
  ['ENOENT', 2],
  ['EACCES', 13],
  ['ENOTDIR', 20],
  ['EISDIR', 21],
  ['EINVAL', 22],
]);

/** Answers a board's requests for files of a directory here; nothing outside of it, not even by links. */
export class HostFiles {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async open(root: string): Promise<HostFiles> {
    return new HostFiles(await realpath(root));
  }

  /**
   * @param request - a Python tuple as text: kind, path, position.
   * @returns an error number (0 for none), then what was asked for. A request that cannot be read is answered with EIO.
   */
  async answer(request: string): Promise<Buffer> {
    try {
      const [kind, path, position] = parsePython(request) as [string, string, number | undefined];
      const file = await this.#resolve(path);
      return Buffer.concat([Buffer.of(0), await this.#serve(kind, file, position ?? 0)]);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      return Buffer.of(errno.get(code) ?? inputOutputError);
    }
  }

  async #serve(kind: string, file: string, position: number): Promise<Buffer> {
    if (kind === 'stat') {
      const stats = await stat(file);
      const answer = Buffer.alloc(5);
      answer.writeUInt8(stats.isDirectory() ? 1 : 0);
      answer.writeUInt32BE(stats.isDirectory() ? 0 : stats.size, 1);
      return answer;
    }
    if (kind === 'list') {
      const entries = (await readdir(file, { withFileTypes: true })).sort((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      const entry = entries[position];
      return entry
        ? Buffer.concat([Buffer.of(entry.isDirectory() ? 1 : 0), Buffer.from(entry.name)])
        : Buffer.alloc(0);
    }
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostPiece), 0, mostPiece, position);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async #resolve(path: string): Promise<string> {
    const file = await realpath(join(this.#root, join(sep, path)));
    if (file === this.#root || file.startsWith(this.#root + sep)) return file;
    throw Object.assign(new Error(`${path} leads out of the mounted directory`), { code: 'EACCES' });
  }
}
