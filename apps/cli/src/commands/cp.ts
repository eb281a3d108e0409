import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import type { MicroPythonDevice, SyncProgress, SyncResult } from '@ota/device-fs';
import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { onBoard } from '../framework/device-path.ts';
import { kindOf, localDirectory, localFile } from '../framework/local-files.ts';
import { argumentList, flag } from '../framework/options.ts';
import { bytes, counted } from '../framework/output/units.ts';

const copied = z.object({
  from: z.string(),
  to: z.string(),
  size: z.int().nullable().describe('bytes; null for a copy on the board'),
});
type Copied = z.infer<typeof copied>;

export const command = defineCommand({
  name: 'cp',
  about: 'Copies files to a board, from it, or on it; a path of the board begins with a colon.',
  details:
    'Every file is checked by its hash and appears whole, under its name, or not at all. A file that has the name already is replaced, without a question, as by cp everywhere.',
  args: { paths: argumentList('what to copy, and at the end where to') },
  options: { recursive: flag('directories with all that is in them', { short: 'r' }) },
  boards: 'many',
  changes: true,
  examples: [
    ['ota cp main.py :/main.py', 'a file of this computer to the board'],
    ['ota cp :/boot.py :/main.py backup', 'two files of the board into a directory here'],
    ['ota cp --recursive assets :/', 'a directory to /assets on the board'],
  ],
  result: z.object({ copied: z.array(copied), dryRun: z.boolean() }),

  check: ({ args: { paths }, ports }) => {
    const isHere = !isOnBoard(paths.at(-1) ?? '') && paths.some(isOnBoard);
    if (!isHere || ports.length === 1) return Promise.resolve();
    throw usageError('several boards cannot be copied into one place: name one board with --port');
  },

  run: async (context) => {
    const { paths } = context.args;
    const target = paths.at(-1);
    const sources = paths.slice(0, -1);
    if (target === undefined || sources.length === 0) {
      throw usageError('cp needs two paths at least: what to copy, and where to');
    }
    if (![...sources, target].some(isOnBoard)) {
      throw usageError('no path is on the board: put a colon before it, as in ota cp main.py :/main.py');
    }
    for (const source of sources)
      if (!isOnBoard(source)) await checkLocal(context, source, context.options.recursive);
    return withBoard(context, async (board) => {
      const copy = new Copy(board, context, context.options.recursive);
      for (const source of sources) await copy.one(source, target, sources.length > 1);
      return { copied: copy.done, dryRun: context.dryRun };
    });
  },

  print: ({ copied: files, dryRun }, _view, { say }) => {
    for (const { from, to } of dryRun ? files : []) say(`would copy ${from} to ${to}`);
    const sum = files.reduce((total, { size }) => total + (size ?? 0), 0);
    if (!dryRun) say(`${counted(files.length, 'file')} copied, ${bytes(sum)}`);
  },
});

function isOnBoard(path: string): boolean {
  return path.startsWith(':');
}

async function checkLocal({ io }: BaseContext, path: string, isRecursive: boolean): Promise<void> {
  if ((await kindOf(resolve(io.cwd, path))) !== 'directory') await localFile(io.cwd, path);
  else if (!isRecursive) throw usageError(`${path} is a directory: add --recursive to copy it`);
  else await localDirectory(io.cwd, path);
}

class Copy {
  readonly done: Copied[] = [];
  readonly #board: MicroPythonDevice;
  readonly #context: BaseContext;
  readonly #isRecursive: boolean;

  constructor(board: MicroPythonDevice, context: BaseContext, isRecursive: boolean) {
    this.#board = board;
    this.#context = context;
    this.#isRecursive = isRecursive;
  }

  async one(source: string, target: string, isIntoDirectory: boolean): Promise<void> {
    if (!isOnBoard(source))
      await this.#upload(resolve(this.#context.io.cwd, source), target, isIntoDirectory);
    else if (isOnBoard(target)) await this.#copy(onBoard(source), target, isIntoDirectory);
    else await this.#download(onBoard(source), resolve(this.#context.io.cwd, target), isIntoDirectory);
  }

  async #upload(from: string, target: string, isIntoDirectory: boolean): Promise<void> {
    const to = await this.#targetOnBoard(basename(from), target, isIntoDirectory);
    if ((await kindOf(from)) === 'directory') {
      await this.#tree(from, to, (options) => this.#board.syncTree(from, to, options), to);
      return;
    }
    const content = await readFile(from);
    const { signal, dryRun } = this.#context;
    if (!dryRun) await this.#board.files.writeFile(to, content, { signal });
    this.done.push({ from, to: `:${to}`, size: content.length });
  }

  async #copy(from: string, target: string, isIntoDirectory: boolean): Promise<void> {
    const { signal, dryRun } = this.#context;
    const { isDirectory } = await this.#board.files.stat(from, { signal });
    if (isDirectory) throw usageError(`:${from} is a directory, and on the board only files can be copied`);
    const to = await this.#targetOnBoard(posix.basename(from), target, isIntoDirectory);
    if (!dryRun) await this.#board.files.copy(from, to, { signal });
    this.done.push({ from: `:${from}`, to: `:${to}`, size: null });
  }

  async #download(from: string, target: string, isIntoDirectory: boolean): Promise<void> {
    const { signal, dryRun } = this.#context;
    const { isDirectory, size } = await this.#board.files.stat(from, { signal });
    const isInto = isIntoDirectory || (await kindOf(target)) === 'directory';
    const to = isInto ? join(target, posix.basename(from)) : target;
    if (isDirectory) {
      if (!this.#isRecursive) throw usageError(`:${from} is a directory: add --recursive to copy it`);
      await this.#tree(`:${from}`, to, (options) => this.#board.pull(from, to, options), to);
      return;
    }
    if (!dryRun) await writeWhole(to, await this.#board.files.readFile(from, { signal }));
    this.done.push({ from: `:${from}`, to, size });
  }

  async #tree(
    from: string,
    to: string,
    work: (options: {
      dryRun: boolean;
      signal: AbortSignal;
      onProgress: (progress: SyncProgress) => void;
    }) => Promise<SyncResult>,
    label: string,
  ): Promise<void> {
    const { dryRun, signal, progress } = this.#context;
    const { files } = await work({
      ...{ dryRun, signal },
      onProgress: ({ bytesDone, bytesLeft }) => {
        progress({ label, done: bytesDone, total: bytesDone + bytesLeft });
      },
    });
    for (const { path, action, size } of files) {
      const isCopied = action === 'created' || action === 'updated';
      if (isCopied) this.done.push({ from: `${from}/${path}`, to: `${to}/${path}`, size });
    }
  }

  /** A directory gets the file under its own name. */
  async #targetOnBoard(name: string, target: string, isIntoDirectory: boolean): Promise<string> {
    const path = onBoard(target);
    const { signal } = this.#context;
    const { files } = this.#board;
    const isDirectory =
      path.endsWith('/') ||
      ((await files.exists(path, { signal })) && (await files.stat(path, { signal })).isDirectory);
    if (isIntoDirectory && !isDirectory)
      throw usageError(`${target} is no directory, and several files go there`);
    return isDirectory ? posix.join(path, name) : path;
  }
}

/** Nobody finds half a file under its name. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const part = `${path}.ota~`;
  try {
    await writeFile(part, content);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw usageError(`cannot write ${path}: name a place in a directory that is there, and yours`, { cause });
  }
}
