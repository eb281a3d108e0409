import { deflate, Inflate } from 'pako';
import { hex } from '../errors.ts';
import { timeFor } from '../loader/flash-commands.ts';
import { words } from '../loader/requests.ts';
import type { Session } from '../loader/session.ts';

const opcodes = { begin: 0x10, data: 0x11, end: 0x12 };
const eraseMsPerMebibyte = 40_000;
/** Erasing and programming, at the slowest. */
const writeMsPerMebibyte = 40_000;

/**
 * Writes one run of bytes, compressed. No block is sent twice: neither ROM nor stub can tell that a block came before,
 * and the stream would be broken. Whoever called finds out what is missing and writes that.
 *
 * esptool-js 0.7.0 sends the same block up to three times, and without the stub in blocks that no ROM takes; may go
 * when its flashDeflBlock repeats only what was not received, and flashDeflBegin has the ROM's block size.
 */
export async function writeRange(
  session: Session,
  address: number,
  data: Uint8Array,
  onProgress: (done: number) => void,
): Promise<void> {
  const { blockSize, isStub } = session;
  const compressed = deflate(data, { level: 9 });
  const blocks = Math.ceil(compressed.length / blockSize);
  // The ROM erases whole blocks, and all of them before it answers.
  const size = isStub ? data.length : Math.ceil(data.length / blockSize) * blockSize;
  await session.request({
    op: opcodes.begin,
    data: words(size, blocks, blockSize, address, ...(session.takesEncryptionWord ? [0] : [])),
    ...(isStub ? {} : { timeoutMs: timeFor(session, size, eraseMsPerMebibyte) }),
    purpose: `begin to write ${data.length} bytes at ${hex(address)}`,
  });
  const unpacked = new UnpackedLength();
  let pending = 0;
  for (let sequence = 0; sequence < blocks; sequence += 1) {
    const block = compressed.subarray(sequence * blockSize, (sequence + 1) * blockSize);
    const before = unpacked.value;
    const after = unpacked.add(block);
    // The stub answers when it has a block, and then writes it while the next comes in; the ROM writes first.
    const busyWith = isStub ? pending : after - before;
    pending = after - before;
    await session.request({
      op: opcodes.data,
      data: packet(block, sequence),
      checksum: block.reduce((sum, byte) => sum ^ byte, 0xef),
      timeoutMs: timeFor(session, busyWith, writeMsPerMebibyte),
      purpose: `write at ${hex(address + before)}`,
    });
    onProgress(sequence + 1 === blocks ? data.length : after);
  }
  // To the ROM the end of a write is the end of the loader.
  if (!isStub) return;
  await session.request({
    op: opcodes.end,
    data: words(1),
    timeoutMs: timeFor(session, pending, writeMsPerMebibyte),
    purpose: `end writing at ${hex(address)}`,
  });
}

function packet(block: Uint8Array, sequence: number): Uint8Array {
  const data = new Uint8Array(16 + block.length);
  data.set(words(block.length, sequence, 0, 0));
  data.set(block, 16);
  return data;
}

/** How many bytes a compressed stream has made so far, to about its buffer. */
class UnpackedLength {
  value = 0;
  readonly #inflate = new Inflate({ chunkSize: 4096 });

  constructor() {
    // pako's types allow for chunks of text, which is made only when asked for.
    this.#inflate.onData = (chunk) => {
      this.value += (chunk as Uint8Array).length;
    };
  }

  add(block: Uint8Array): number {
    this.#inflate.push(block, false);
    return this.value;
  }
}
