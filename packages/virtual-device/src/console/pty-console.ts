import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../tools.ts';
import { plugIn, type ConsoleCable } from './console-cable.ts';
import { ConsoleError } from './console-error.ts';
import type { ConsolePort } from './console-port.ts';
import type { LinkModel } from './link-model.ts';
import { SocatPty } from './socat-pty.ts';

/** Where the pseudo-terminal appears, and what is between it and the node. */
export interface PtyConsoleOptions {
  /** What lies between the pseudo-terminal and the node. */
  link?: LinkModel;
  /** Where to put a symbolic link to the pseudo-terminal. @default in a new directory among the temporary ones */
  path?: string;
  /** Gives up starting; once it is up, `close()` ends it. */
  signal?: AbortSignal;
}

/** A node's console as a pseudo-terminal. */
export interface PtyConsole {
  /** What a serial program opens. */
  path: string;
  /**
   * Takes it all away: socat, the link, the directory.
   *
   * @throws ConsoleError CONSOLE_PTY if socat had ended by itself before.
   */
  close: () => Promise<void>;
}

/** How much of the node's output waits for a program to read it; beyond that it is lost, as with a serial adapter. */
const unreadBytes = 64 * 1024;

/**
 * Serves a node's console on a pseudo-terminal, raw and without echo, by `socat`. Programs may open and close it as
 * often as they like; all of them are at the same cable.
 *
 * @throws ConsoleError CONSOLE_NO_SOCAT where socat is not installed, CONSOLE_PTY if there is no pseudo-terminal to be
 * had or `path` is taken.
 */
export async function servePty(console: ConsolePort, options: PtyConsoleOptions = {}): Promise<PtyConsole> {
  const { link, signal } = options;
  signal?.throwIfAborted();
  const program = findTool('socat');
  if (program === undefined) {
    throw new ConsoleError(
      'CONSOLE_NO_SOCAT',
      'a pseudo-terminal needs socat: install it, or set OTA_SOCAT to it',
    );
  }
  const cable = plugIn(console, link);
  const directory = mkdtempSync(join(tmpdir(), 'ota-pty-'));
  const links: string[] = [];
  let pty: SocatPty | undefined = undefined;
  const release = () => {
    cable.destroy();
    for (const path of [directory, ...links]) rmSync(path, { recursive: true, force: true });
  };
  try {
    pty = await SocatPty.start(program, directory, signal);
    const path = options.path ?? join(directory, 'console');
    if (options.path !== undefined) {
      makeLink(pty.device, options.path);
      links.push(options.path);
    }
    return { path, close: connect(cable, pty, release) };
  } catch (error) {
    release();
    await pty?.stop();
    throw error;
  }
}

/** @returns what undoes it all. */
function connect(cable: ConsoleCable, pty: SocatPty, release: () => void): () => Promise<void> {
  pty.output.pipe(cable);
  cable.on('data', (bytes: Buffer) => {
    if (pty.input.writableLength < unreadBytes) pty.input.write(bytes);
  });
  const abandon = () => {
    pty.kill();
    release();
  };
  process.once('exit', abandon);
  return async () => {
    process.off('exit', abandon);
    release();
    await pty.stop();
  };
}

function makeLink(device: string, path: string): void {
  try {
    symlinkSync(device, path);
  } catch (cause) {
    const message = `could not link ${path} to ${device}: name a path that is free, in a directory that is there`;
    throw new ConsoleError('CONSOLE_PTY', message, { cause });
  }
}
