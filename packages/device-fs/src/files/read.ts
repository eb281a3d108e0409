import { createHash } from 'node:crypto';
import { isPassing, asGarbled, type AskOptions, type Board } from '../board.ts';
import { PythonError, ReplError } from '../errors.ts';
import { parsePython } from '../python/parse.ts';
import { sealed } from '../python/sealed.ts';
import { snippets } from './snippets.ts';
import { Unescape } from './unescape.ts';

const tries = 3;

/**
 * Reads a file, as it is on every firmware.
 *
 * @throws ReplError REPL_GARBLED where it came damaged three times; PythonError with the board's OSError.
 */
export async function readContent(board: Board, path: string, options: AskOptions): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (board.checksum === 'sum' || board.hasNoRawOutput) break;
      return await readRaw(board, path, options);
    } catch (error) {
      if (error instanceof PythonError && /^(AttributeError|ImportError)$/.test(error.exception)) {
        board.hasNoRawOutput = true;
        break;
      }
      const wrong = asGarbled(error);
      if (!(wrong || isPassing(error)) || attempt >= tries) throw wrong ?? error;
    }
  }
  const pieces = await board.ask(snippets.readRepr(path), { ...options, repeatable: true });
  return Buffer.concat(pieces as Buffer[]);
}

async function readRaw(board: Board, path: string, options: AskOptions): Promise<Buffer> {
  const { idleMs = 20_000, timeoutMs = 600_000, signal } = options;
  const unescape = new Unescape();
  const pieces: Buffer[] = [];
  const hash = createHash('sha256');
  const code = sealed(snippets.readRaw(path), 'ascii', 'sha256');
  const onOutput = (bytes: Buffer): void => {
    const piece = unescape.push(bytes);
    hash.update(piece);
    pieces.push(piece);
  };
  await board.run(code, { idleMs, timeoutMs, signal, onOutput });
  if (!unescape.ended || !isDigest(unescape.tail, hash.digest().subarray(0, 8))) {
    throw new ReplError('REPL_GARBLED', `${path} came damaged: bytes were lost or changed on the way`);
  }
  return Buffer.concat(pieces);
}

function isDigest(text: string, expected: Buffer): boolean {
  try {
    const value = parsePython(text);
    return Buffer.isBuffer(value) && value.equals(expected);
  } catch {
    return false; // not even a Python value: damaged too
  }
}
