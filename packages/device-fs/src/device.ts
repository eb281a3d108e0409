import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { Board } from './board.ts';
import { DeviceFsError } from './errors.ts';
import { DeviceFiles } from './files/device-files.ts';
import { askFirmware, type Firmware } from './firmware.ts';
import type { Link } from './link/link.ts';
import { openLink, type OpenLinkOptions } from './link/open-link.ts';
import { mountDirectory, type Mount, type MountOptions } from './mount/mount.ts';
import { parsePython, type PythonValue } from './python/parse.ts';
import { ctrl } from './repl/protocol.ts';
import { resetBoard, type ResetOptions } from './reset.ts';
import { pullTree, type PullOptions } from './sync/pull.ts';
import { syncTree, type SyncOptions, type SyncResult } from './sync/sync-tree.ts';
import { pause } from './wait.ts';
import type { ExecOptions, RunOptions } from './run-options.ts';

/** How to reach a board, and how to find it. */
export interface ConnectOptions extends OpenLinkOptions {
  /** Milliseconds until the raw REPL has to be reached. @default 10 000 */
  enterMs?: number;
  /** Milliseconds that the board may take for one step of the protocol. @default 3000 */
  stepMs?: number;
}

const runMs = 60_000;
/** For what runs when the device is closed. */
const goodbyeMs = 1000;

/**
 * A board with MicroPython, reached through its REPL. A program that runs on it is interrupted by the first call, and
 * nothing is reset.
 *
 * @example
 * await using board = await MicroPythonDevice.connect('/dev/ttyUSB0');
 * console.log(await board.eval('1 + 1'));
 * await board.files.writeFile('/hello.txt', 'hello');
 */
export class MicroPythonDevice implements AsyncDisposable {
  readonly link: Link;
  /** Its files, as Node's `fs.promises`. */
  readonly files: DeviceFiles;
  readonly #board: Board;

  private constructor(board: Board) {
    this.#board = board;
    this.link = board.link;
    this.files = new DeviceFiles(board);
  }

  /**
   * Opens a link by its address (see {@link openLink}) and gets to the raw REPL.
   *
   * @throws LinkError where there is no way to the board, ReplError REPL_NO_PROMPT where it does not answer.
   */
  static async connect(to: string | Link | Duplex, options: ConnectOptions = {}): Promise<MicroPythonDevice> {
    const { enterMs = 10_000, stepMs, signal } = options;
    const link = await openLink(to, options);
    const board = new Board(link, { ...(stepMs !== undefined && { stepMs }) });
    try {
      await board.exclusively(() => board.repl.enter(enterMs, signal));
    } catch (error) {
      board.repl.inbox.detach();
      await link.close();
      throw error;
    }
    return new MicroPythonDevice(board);
  }

  /**
   * Runs code at module level.
   *
   * @returns what it printed, line ends as `\n`.
   * @throws PythonError where it raises, with the traceback; TypeError for code with Ctrl-A to Ctrl-E in it.
   */
  async exec(code: string | Uint8Array, options: ExecOptions = {}): Promise<string> {
    const { timeoutMs = runMs, idleMs = timeoutMs, signal, onOutput } = options;
    const bytes = Buffer.from(code as string);
    if (bytes.some((byte) => byte >= ctrl.a && byte <= ctrl.e)) {
      throw new TypeError(
        'code has a control character in it that the REPL takes for an order: write it as an escape',
      );
    }
    const { output } = await this.#board.run(bytes, {
      endsAt: performance.now() + timeoutMs,
      idleMs,
      signal,
      onOutput,
    });
    return output.toString('utf8').replaceAll('\r\n', '\n');
  }

  /**
   * The value of a Python expression: None, booleans, numbers, strings, bytes, and lists, tuples and dicts of those.
   *
   * @throws DeviceError DEVICE_RESULT for a value of another kind.
   */
  async eval(expression: string, options: RunOptions = {}): Promise<PythonValue> {
    const text = await this.exec(`print(repr(${expression}\n))`, options);
    return parsePython(text);
  }

  /** Runs a file of this computer on the board. It may run for ever: until `timeoutMs`, `signal` or its end. */
  async run(file: string | URL, options: ExecOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    const code = await readFile(file);
    return this.exec(code, { timeoutMs: Infinity, ...options });
  }

  /** Ctrl-C: the program that runs gets a KeyboardInterrupt. */
  interrupt(): void {
    this.#board.repl.interrupt();
  }

  /** Restarts MicroPython (`soft`) or the chip (`hard`), by the way that this link and chip have for it. */
  async reset(kind: 'soft' | 'hard' = 'soft', options: ResetOptions = {}): Promise<void> {
    await resetBoard(this.#board, kind, options);
  }

  /**
   * What the board says of itself: version, platform, abilities. Asked once, then remembered.
   *
   * @throws what `exec` throws.
   */
  async firmware(options: RunOptions = {}): Promise<Firmware> {
    return askFirmware(this.#board, options);
  }

  /**
   * Makes a directory of the board the same as one here: looks what is there in one exchange, then sends what differs. Every
   * file is collected under a temporary name, read back from the flash, and renamed; what was interrupted is finished by the next
   * call. Deletions come first, to make room.
   *
   * @throws FileSystemError ENOSPC before the first byte where it will not fit; LinkError, ReplError, DeviceError.
   * @example
   * const { files } = await board.syncTree('src', '/', { delete: true, protect: ['/*settings.py'] });
   */
  async syncTree(localDir: string, remoteDir: string, options: SyncOptions = {}): Promise<SyncResult> {
    return syncTree(this.#board, localDir, remoteDir, options);
  }

  /**
   * {@link syncTree} the other way round: makes a directory here the same as one of the board. Files are whole or not there.
   */
  async pull(remoteDir: string, localDir: string, options: PullOptions = {}): Promise<SyncResult> {
    return pullTree(this.#board, remoteDir, localDir, options);
  }

  /**
   * Lets the board read a directory here, and `import` from it, without copying: for as long as code runs through this
   * device. Read-only; a reset of the board ends it.
   */
  async mount(localDir: string, options: MountOptions = {}): Promise<Mount> {
    return mountDirectory(this.#board, localDir, options);
  }

  /** Leaves the board at its friendly prompt, running, and the port free. Code that still runs is interrupted. */
  async close(): Promise<void> {
    const { repl, link } = this.#board;
    if (!repl.inbox.failure) {
      const left = this.#board.exclusively(() => repl.leave()).catch(ignoreLink);
      if (!(await isOver(left, goodbyeMs))) {
        repl.interrupt();
        await isOver(left, goodbyeMs);
      }
    }
    repl.inbox.detach();
    await link.close();
  }

  /** `await using` closes the device. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A link that is gone needs no goodbye. */
function ignoreLink(error: unknown): void {
  if (!(error instanceof DeviceFsError)) throw error;
}

/** Whether it ended in time. */
async function isOver(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  const late = new AbortController();
  const tooLong = pause(timeoutMs, late.signal).then(
    () => false,
    () => true,
  );
  const isInTime = await Promise.race([work.then(() => true), tooLong]);
  late.abort();
  return isInTime;
}
