import type { Board } from '../board.ts';
import { parsePython } from '../python/parse.ts';
import { HostFiles } from './host-files.ts';
import { mountCode, requestEnd, requestStart, unmountCode } from './mount-code.ts';

export interface MountOptions {
  /** Where on the board. @default '/remote' */
  mountPoint?: string;
  signal?: AbortSignal;
}

/** A directory here that the board sees as its own, read-only, while code runs through this device. */
export interface Mount extends AsyncDisposable {
  readonly mountPoint: string;
  unmount: (options?: { signal?: AbortSignal }) => Promise<void>;
}

export async function mountDirectory(board: Board, localRoot: string, options: MountOptions): Promise<Mount> {
  const { mountPoint = '/remote', signal } = options;
  const files = await HostFiles.open(localRoot);
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

/** Takes the board's requests out of what it prints, and answers them. */
class RequestFilter {
  readonly #files: HostFiles;
  readonly #send: (answer: Buffer) => void;
  #request: number[] | undefined;

  constructor(files: HostFiles, send: (answer: Buffer) => void) {
    this.#files = files;
    this.#send = send;
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
      }
    }
    return Buffer.from(output);
  }

  async #answer(text: string): Promise<void> {
    const answer = (await this.#files.answer(parsePython(text))).toString('base64');
    this.#send(Buffer.from(String(answer.length).padStart(4, '0') + answer));
  }
}
