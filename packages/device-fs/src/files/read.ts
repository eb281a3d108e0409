import { createHash } from 'node:crypto';
import { asGarbled, isPassing, limitsOf, type AskOptions, type Board } from '../board.ts';
import { PythonError, ReplError } from '../errors.ts';
import { parsePython } from '../python/parse.ts';
import { sealed } from '../python/sealed.ts';
import { snippets, wholeFile, type FileRange } from './snippets.ts';
import type { RawExecOptions } from '../repl/raw-repl.ts';
import { Unescape } from './unescape.ts';

const tries = 3;

/**
 * Reads a file, as it is on every firmware.
 *
 * @param path - asked for anew when the firmware has shown what it is.
 * @param range - a part of it; boards without `hashlib` have to be asked for all.
 * @param onBytes - how many more bytes have come; less than nothing where they were damaged and come again.
 * @throws ReplError REPL_GARBLED where it came damaged three times; PythonError with the board's OSError.
 */
export async function readContent(
  board: Board,
  path: () => string,
  options: AskOptions,
  onBytes: (count: number) => void = () => undefined,
  range: FileRange = wholeFile,
): Promise<Buffer> {
  const limits = limitsOf(options, 600_000);
  for (let attempt = 1; ; attempt++) {
    try {
      if (board.checksum === 'sum' || board.hasNoRawOutput) break;
      return await readRaw(board, snippets.readRaw(path(), range), limits, onBytes);
    } catch (error) {
      if (error instanceof PythonError && /^(AttributeError|ImportError)$/.test(error.exception)) {
        board.hasNoRawOutput = true;
        break;
      }
      const wrong = asGarbled(error);
      if (!(wrong || isPassing(error)) || attempt >= tries || performance.now() >= limits.endsAt)
        throw wrong ?? error;
    }
  }
  const pieces = await board.ask(() => snippets.readRepr(path(), range), { ...limits, repeatable: true });
  const content = Buffer.concat(pieces as Buffer[]);
  onBytes(content.length);
  return content;
}

async function readRaw(
  board: Board,
  body: string,
  limits: RawExecOptions,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  const unescape = new Unescape();
  const pieces: Buffer[] = [];
  const hash = createHash('sha256');
  const code = sealed(body, { style: 'ascii', checksum: 'sha256' });
  const onOutput = (bytes: Buffer): void => {
    const piece = unescape.push(bytes);
    hash.update(piece);
    pieces.push(piece);
    onBytes(piece.length);
  };
  try {
    await board.run(code, { ...limits, onOutput });
    if (!unescape.ended || !isDigest(unescape.tail, hash.digest().subarray(0, 8))) {
      throw new ReplError('REPL_GARBLED', 'the file came damaged: bytes were lost or changed on the way');
    }
    return Buffer.concat(pieces);
  } catch (error) {
    onBytes(-pieces.reduce((sum, { length }) => sum + length, 0));
    throw error;
  }
}

function isDigest(text: string, expected: Buffer): boolean {
  try {
    const value = parsePython(text);
    return Buffer.isBuffer(value) && value.equals(expected);
  } catch {
    return false; // not even a Python value: damaged too
  }
}
