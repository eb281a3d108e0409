import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { GitFailedError } from '../errors.ts';
import { gitEnvironment, gitProgram } from './run-git.ts';

export interface GitObject {
  readonly id: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly size: number;
  /** Empty when only the size was asked for. */
  readonly content: Buffer;
}

interface Waiting {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Reads objects of one repository through a `git cat-file` process that stays: a process per object is slow. */
export class CatFile {
  readonly #gitFolder: string;
  readonly #withContent: boolean;
  readonly #queue: Waiting[] = [];
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  #received: Buffer = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];
  #pending = 0;
  #needed = 0;
  #closed: Promise<void> | undefined;

  constructor(gitFolder: string, content: 'content' | 'size') {
    this.#gitFolder = gitFolder;
    this.#withContent = content === 'content';
  }

  /** @param id 40 hex digits. @returns `undefined` where the repository has no such object. */
  read(id: string): Promise<GitObject | undefined> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ resolve, reject });
      this.#start().stdin.write(`${id}\n`);
    });
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin.end();
    child.kill();
    await this.#closed;
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    if (this.#child) return this.#child;
    const child = spawn(gitProgram(), ['cat-file', this.#withContent ? '--batch' : '--batch-check'], {
      cwd: this.#gitFolder,
      env: gitEnvironment(this.#gitFolder),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined); // 'close' follows and tells everyone who waits
    child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#pending += chunk.length;
      // Joined once for a large object, not once for each of its chunks.
      if (this.#received.length + this.#pending < this.#needed) return;
      this.#received = Buffer.concat([this.#received, ...this.#chunks.splice(0)]);
      this.#pending = 0;
      this.#needed = 0;
      this.#answerFromReceived();
    });
    this.#closed = new Promise((resolve) => {
      const ended = (exitCode: number | null): void => {
        this.#child = undefined;
        this.#received = Buffer.alloc(0);
        this.#chunks.length = 0;
        this.#pending = 0;
        this.#needed = 0;
        for (const { reject } of this.#queue.splice(0))
          reject(new GitFailedError('cat-file', exitCode, 'ended'));
        resolve();
      };
      child.once('close', ended);
      child.once('error', () => {
        ended(null);
      });
    });
    this.#child = child;
    return child;
  }

  #answerFromReceived(): void {
    for (;;) {
      const endOfLine = this.#received.indexOf('\n');
      if (endOfLine < 0) return;
      const [id = '', type = '', sizeText = ''] = this.#received.toString('latin1', 0, endOfLine).split(' ');
      if (type === 'missing' || type === 'ambiguous') {
        this.#received = this.#received.subarray(endOfLine + 1);
        this.#queue.shift()?.resolve(undefined);
        continue;
      }
      const size = Number(sizeText);
      const start = endOfLine + 1;
      const next = this.#withContent ? start + size + 1 : start;
      if (this.#received.length < next) {
        this.#needed = next;
        return;
      }
      const content = this.#withContent
        ? Buffer.from(this.#received.subarray(start, start + size))
        : Buffer.alloc(0);
      this.#received = this.#received.subarray(next);
      this.#queue.shift()?.resolve({ id, type: type as GitObject['type'], size, content });
    }
  }
}
