import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { findTool } from '@ota/virtual-device';
import { freePort } from '../broker/free-port.ts';
import { guard, type Guarded } from '../guard.ts';
import { appIni } from './app-ini.ts';
import { GogsServerError } from './errors.ts';
import { gitEnvironment } from './git/run-git.ts';

/** How a real Gogs is started. */
export interface RealGogsOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** How long Gogs may take to answer its first request. Default 30 s. */
  readonly startTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const stopTimeoutMs = 5_000;
const adminTimeoutMs = 30_000;
/** A free port may be gone before Gogs takes it. */
const attempts = 5;

/** A running `gogs web` and the temporary folder that holds all it writes. */
export class GogsProcess {
  readonly baseUrl: string;
  readonly folder: string;
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #listeners: ((line: string) => void)[] = [];
  readonly #guarded: Guarded;
  #lastLines: string[] = [];

  private constructor(folder: string, program: string, port: number) {
    this.#guarded = guard(folder);
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.folder = folder;
    this.#program = program;
    this.#child = spawn(program, ['web', '--config', join(folder, 'app.ini')], {
      cwd: folder,
      env: environment(folder),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => {
      this.#read(error.message);
    });
    this.#guarded.runs(this.#child.pid);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#read(line);
      });
    }
  }

  /** Settles when Gogs answers. @throws GogsServerError as told at `RealGogs.start`. */
  static async start(options: RealGogsOptions): Promise<GogsProcess> {
    options.signal?.throwIfAborted();
    const program = findTool('gogs');
    if (!program) {
      throw new GogsServerError(
        'GOGS_NOT_INSTALLED',
        'gogs is not installed: put it in PATH or set OTA_GOGS',
      );
    }
    for (let attempt = 1; ; attempt++) {
      const started = await GogsProcess.#spawn(program, options.port ?? (await freePort()));
      try {
        await started.#becomeReady(options.startTimeoutMs ?? 30_000, options.signal);
        return started;
      } catch (error) {
        await started.close();
        const isTaken = started.#lastLines.some((line) => line.includes('address already in use'));
        if (!isTaken || options.port !== undefined || attempt === attempts) throw error;
      }
    }
  }

  static async #spawn(program: string, port: number): Promise<GogsProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'ota-real-gogs-'));
    for (const name of ['home', 'ssh', 'tmp']) await mkdir(join(folder, name));
    // Gogs wants ssh-keygen for nothing but the fingerprint of a deploy key: tests need not have it installed.
    await writeFile(
      join(folder, 'ssh-keygen'),
      '#!/bin/sh\necho "256 SHA256:$(git hash-object "$2") test"\n',
      {
        mode: 0o755,
      },
    );
    await writeFile(join(folder, 'app.ini'), appIni({ folder, port, user: userInfo().username }));
    return new GogsProcess(folder, program, port);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs `gogs admin <command>`. @throws GogsServerError with code `GOGS_ADMIN`. */
  async admin(command: string, args: readonly string[]): Promise<void> {
    const config = ['--config', join(this.folder, 'app.ini')];
    const child = spawn(this.#program, ['admin', command, ...args, ...config], {
      cwd: this.folder,
      env: environment(this.folder),
      stdio: 'ignore',
      signal: AbortSignal.timeout(adminTimeoutMs),
    });
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    if (exitCode === 0) return;
    throw new GogsServerError(
      'GOGS_ADMIN',
      `gogs admin ${command} was refused: does the name exist already?`,
    );
  }

  async close(): Promise<void> {
    if (isRunning(this.#child)) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs);
      await exited;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    this.#guarded.release();
  }

  async #becomeReady(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      signal?.throwIfAborted();
      if (!isRunning(this.#child)) {
        const said = this.#lastLines.join(' / ');
        throw new GogsServerError('GOGS_START', `gogs ended before it answered a request. It said: ${said}`);
      }
      if (await isHealthy(this.baseUrl)) return;
      await pause(50, undefined, signal && { signal });
    }
    throw new GogsServerError('GOGS_START_TIMEOUT', `gogs did not answer within ${timeoutMs} ms`);
  }

  #read(line: string): void {
    this.#lastLines = [...this.#lastLines.slice(-9), line];
    for (const listener of this.#listeners) listener(line);
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function isHealthy(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/healthcheck`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // not listening yet; the caller has a deadline
  }
}

/** Gogs writes its own wishes to the Git configuration in HOME, and insists on USER being its RUN_USER. */
function environment(folder: string): Record<string, string> {
  const environment = gitEnvironment(join(folder, 'home'));
  delete environment['GIT_CONFIG_GLOBAL'];
  // It leaves files in its temporary folder.
  return { ...environment, USER: userInfo().username, GOGS_WORK_DIR: folder, TMPDIR: join(folder, 'tmp') };
}
