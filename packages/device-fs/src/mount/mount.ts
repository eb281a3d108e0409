import type { Board } from '../board.ts';
import { DeviceError } from '../errors.ts';
import type { OutputFilter } from '../repl/raw-repl.ts';
import { HostFiles } from './host-files.ts';
import { mountCode, mountProbe, requestEnd, requestStart, unmountCode } from './mount-code.ts';

/** How a directory is mounted. */
export interface MountOptions {
  /** Where on the board. @default '/remote' */
  mountPoint?: string;
  /** Ends mounting. */
  signal?: AbortSignal;
}

/** A directory here that the board sees as its own, read-only, while code runs through this device. */
export interface Mount extends AsyncDisposable {
  /** Where it is on the board. */
  readonly mountPoint: string;
  /** Takes the directory from the board again. The board must be at its prompt or in a program that can be interrupted. */
  unmount: (options?: { signal?: AbortSignal }) => Promise<void>;
}

/** @throws DeviceError DEVICE_UNSUPPORTED where the firmware cannot mount, or something is mounted already. */
export async function mountDirectory(board: Board, localRoot: string, options: MountOptions): Promise<Mount> {
  const { mountPoint = '/remote', signal } = options;
  if (board.repl.outputFilter) {
    throw new DeviceError('DEVICE_UNSUPPORTED', 'one directory can be mounted at a time: unmount the other');
  }
  const files = await HostFiles.open(localRoot);
  await requireMount(board, signal);
  board.repl.outputFilter = new RequestFilter(files, (answer) => {
    if (!board.link.stream.destroyed) board.link.stream.write(answer);
  });
  try {
    await board.ask(mountCode(mountPoint), { signal });
  } catch (error) {
    board.repl.outputFilter = undefined;
    throw error;
  }
  const unmount: Mount['unmount'] = async (how = {}) => {
    if (board.repl.outputFilter === undefined) return;
    try {
      await board.ask(unmountCode(mountPoint), { signal: how.signal });
    } finally {
      board.repl.outputFilter = undefined;
    }
  };
  return { mountPoint, unmount, [Symbol.asyncDispose]: () => unmount() };
}

/** @throws DeviceError DEVICE_UNSUPPORTED */
async function requireMount(board: Board, signal: AbortSignal | undefined): Promise<void> {
  const [canMount] = await board.ask(mountProbe, { signal, repeatable: true });
  if (canMount === true) return;
  throw new DeviceError(
    'DEVICE_UNSUPPORTED',
    "this board's firmware cannot mount: it has no os.mount, io.IOBase or binascii. A newer MicroPython may have them",
  );
}

/** Bytes of a request at most: a path, each character of it as an escape. */
const mostRequest = 4096;

/** Takes the board's requests out of what it prints, and answers them. */
class RequestFilter implements OutputFilter {
  readonly #files: HostFiles;
  readonly #send: (answer: Buffer) => void;
  #request: number[] | undefined;
  /** Counts the programs: an answer is for the one that asked. 0 while none runs. */
  #running = 0;
  #programs = 0;

  constructor(files: HostFiles, send: (answer: Buffer) => void) {
    this.#files = files;
    this.#send = send;
  }

  begin(): void {
    this.#request = undefined;
    this.#running = ++this.#programs;
  }

  end(): void {
    this.#running = 0;
  }

  pass(bytes: Buffer): Buffer {
    const output: number[] = [];
    for (const byte of bytes) {
      if (byte === requestStart) {
        this.#request = [];
      } else if (this.#request === undefined) {
        output.push(byte);
      } else if (byte === requestEnd) {
        void this.#answer(Buffer.from(this.#request).toString('utf8'));
        this.#request = undefined;
      } else {
        this.#request.push(byte);
        // No board asks for so long a path: a program has printed the byte.
        if (this.#request.length > mostRequest) {
          output.push(requestStart, ...this.#request);
          this.#request = undefined;
        }
      }
    }
    return Buffer.from(output);
  }

  async #answer(text: string): Promise<void> {
    const asker = this.#running;
    const answer = (await this.#files.answer(text)).toString('base64');
    // At the prompt it would be taken for code.
    if (asker !== this.#running) return;
    this.#send(Buffer.from(String(answer.length).padStart(4, '0') + answer));
  }
}
