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
 * Nor is one sent before the one in front of it was acknowledged: the stub has two buffers, one to receive into while it
 * writes the other to the flash, and its answer is what says that there is room again.
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
  const packets = new Packets(compressed, blockSize);
  let pending = 0;
  for (let packet = packets.next(); packet !== undefined;) {
    // The stub answers when it has a block, and then writes it while the next comes in; the ROM writes first.
    const busyWith = isStub ? pending : packet.after - packet.before;
    pending = packet.after - packet.before;
    const answer = session.request({
      op: opcodes.data,
      data: packet.data,
      checksum: packet.checksum,
      timeoutMs: timeFor(session, busyWith, writeMsPerMebibyte),
      purpose: `write at ${hex(address + packet.before)}`,
    });
    // Made while this one is on its way: the wire does not wait for it.
    const next = packets.next();
    await answer;
    onProgress(next === undefined ? data.length : packet.after);
    packet = next;
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

interface Packet {
  /** What goes into the command. */
  data: Uint8Array;
  checksum: number;
  /** How many bytes of the image are on the chip before and after this one. */
  before: number;
  after: number;
}

const headerSize = 16;

/** Takes a compressed stream apart into the packets of a download. */
class Packets {
  readonly #compressed: Uint8Array;
  readonly #blockSize: number;
  readonly #unpacked = new UnpackedLength();
  #sequence = 0;

  constructor(compressed: Uint8Array, blockSize: number) {
    this.#compressed = compressed;
    this.#blockSize = blockSize;
  }

  /** @returns `undefined` after the last. */
  next(): Packet | undefined {
    const start = this.#sequence * this.#blockSize;
    if (start >= this.#compressed.length) return undefined;
    const block = this.#compressed.subarray(start, start + this.#blockSize);
    const data = new Uint8Array(headerSize + block.length);
    data.set(words(block.length, this.#sequence, 0, 0));
    data.set(block, headerSize);
    this.#sequence += 1;
    const before = this.#unpacked.value;
    let checksum = 0xef;
    for (const byte of block) checksum ^= byte;
    return { data, checksum, before, after: this.#unpacked.add(block) };
  }
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
