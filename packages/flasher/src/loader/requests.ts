import { ESPError, UnsupportedCommandError, type ESPLoader } from 'esptool-js';
import { FlasherError } from '../errors.ts';

export interface Request {
  op: number;
  data?: Uint8Array;
  checksum?: number;
  /** Bytes of the answer before its status. */
  answerLength?: number;
  timeoutMs: number;
  /** What the command does, for the error: "erase the flash". */
  purpose: string;
}

export interface Answer {
  value: number;
  data: Uint8Array;
}

/** What the second byte of a refusal means: below 0xc0 from the ROM, above from the stub. */
const reasons: Record<number, string> = {
  0x05: 'it does not know the command or its parameters',
  0x06: 'it failed to act',
  0x07: 'the data arrived damaged',
  0x08: 'writing the flash failed',
  0x09: 'reading the flash failed',
  0x0b: 'the compressed data arrived damaged',
  0xc0: 'the data has a wrong length',
  0xc1: 'the data arrived damaged',
  0xc4: 'the flash did not answer',
  0xc5: 'the flash stays locked',
  0xc6: 'no write had begun',
  0xc7: 'the compressed data arrived damaged',
  0xc8: 'data is missing',
  0xc9: 'there was more data than announced',
  0xff: 'it does not know the command',
};

/**
 * Sends a command and takes its answer apart.
 *
 * @throws FlasherError COMMAND_REFUSED or COMMAND_UNANSWERED; what ended the link as it is.
 */
export async function request(loader: ESPLoader, options: Request): Promise<Answer> {
  const { op, data, checksum = 0, answerLength = 0, timeoutMs, purpose } = options;
  let answer: [number, Uint8Array];
  try {
    answer = await loader.command(op, data, checksum, true, timeoutMs);
  } catch (cause) {
    if (cause instanceof UnsupportedCommandError) throw refused(purpose, 0x05, cause);
    if (cause instanceof ESPError) throw unanswered(purpose, cause);
    throw cause;
  }
  const [value, body] = answer;
  // A refusal has its status first, where otherwise the answer's data would be.
  const status = body.length < answerLength + 2 ? body : body.subarray(answerLength);
  if (status[0] !== 0) throw refused(purpose, status[1] ?? 0, undefined);
  if (body.length < answerLength + 2) throw unanswered(purpose, undefined);
  return { value: value >>> 0, data: body.slice(0, answerLength) };
}

function refused(purpose: string, reason: number, cause: unknown): FlasherError {
  const why = reasons[reason] ?? `reason 0x${reason.toString(16)}`;
  return new FlasherError('COMMAND_REFUSED', `The chip refused to ${purpose}: ${why}`, {
    remedy: 'Try again, at a lower baud rate; if it stays so, check the power supply and the flash',
    cause,
  });
}

function unanswered(purpose: string, cause: unknown): FlasherError {
  return new FlasherError('COMMAND_UNANSWERED', `The chip did not answer when asked to ${purpose}`, {
    remedy: 'Try again, at a lower baud rate; if it stays so, check the cable and the power supply',
    cause,
  });
}

/** True for what a new attempt may cure: lost bytes and refusals, not a lost port or a caller who had enough. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ESPError) return true;
  return (
    error instanceof FlasherError &&
    ['COMMAND_REFUSED', 'COMMAND_UNANSWERED', 'STUB_FAILED', 'READ_FAILED', 'NO_SYNC'].includes(error.code)
  );
}

/** 32-bit words, little-endian. */
export function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return new Uint8Array(view.buffer);
}
