import { md5 } from '@noble/hashes/legacy';
import { FlasherError, hex } from '../errors.ts';
import type { Session } from './session.ts';
import { isPassing, words } from './requests.ts';

const opcodes = {
  flashBegin: 0x02,
  readFlashSlow: 0x0e,
  md5: 0x13,
  eraseFlash: 0xd0,
  eraseRegion: 0xd1,
  readFlash: 0xd2,
};

const mebibyte = 1024 * 1024;
const eraseMsPerMebibyte = 40_000;
const eraseChipMs = 240_000;
const md5MsPerMebibyte = 8000;
/** What the stub sends before it wants to hear how much has arrived. */
const readBlock = 0x1000;
const readWindow = 64;
/** The ROM reads no more than this at a time. */
const slowBlock = 64;

/** How long a command that works through `bytes` may take. */
export function timeFor(session: Session, bytes: number, msPerMebibyte: number): number {
  return Math.max(session.options.commandMs, Math.ceil((bytes / mebibyte) * msPerMebibyte));
}

/** @returns the MD5 of a range of the flash, in hexadecimal. */
export async function flashMd5(session: Session, address: number, length: number): Promise<string> {
  const isStub = session.isStub;
  const answer = await session.request({
    op: opcodes.md5,
    data: words(address, length, 0, 0),
    // The ROM sends the digits themselves, the stub the bytes. esptool-js 0.7.0 writes the digits out in hexadecimal
    // once more; may go when flashMd5sum tells the two apart.
    answerLength: isStub ? 16 : 32,
    timeoutMs: timeFor(session, length, md5MsPerMebibyte),
    purpose: `compute the MD5 of ${length} bytes at ${hex(address)}`,
  });
  return isStub ? toHex(answer.data) : new TextDecoder('latin1').decode(answer.data).toLowerCase();
}

export function md5Of(data: Uint8Array): string {
  return toHex(md5(data));
}

export async function eraseChip(session: Session): Promise<void> {
  if (session.isStub) {
    await session.request({ op: opcodes.eraseFlash, timeoutMs: eraseChipMs, purpose: 'erase the flash' });
    return;
  }
  const { flashSize } = session.info;
  if (flashSize === undefined) throw unknownSize();
  // esptool-js 0.7.0 skips this without a word when there is no stub; may go when its eraseAll does not.
  for (let address = 0; address < flashSize; address += mebibyte) {
    await eraseRange(session, address, Math.min(mebibyte, flashSize - address));
  }
}

/** Both have to be multiples of a sector. esptool-js 0.7.0 has no command for it; may go when it has. */
export async function eraseRange(session: Session, address: number, length: number): Promise<void> {
  const purpose = `erase ${length} bytes at ${hex(address)}`;
  const timeoutMs = timeFor(session, length, eraseMsPerMebibyte);
  if (session.isStub) {
    await session.request({ op: opcodes.eraseRegion, data: words(address, length), timeoutMs, purpose });
    return;
  }
  // The ROM has no command to erase; it erases when a download begins.
  const blocks = Math.ceil(length / session.blockSize);
  const parameters = [
    length,
    blocks,
    session.blockSize,
    address,
    ...(session.takesEncryptionWord ? [0] : []),
  ];
  await session.request({ op: opcodes.flashBegin, data: words(...parameters), timeoutMs, purpose });
}

export async function readRange(
  session: Session,
  address: number,
  length: number,
  onProgress: (done: number) => void,
): Promise<Uint8Array> {
  return session.isStub
    ? readByStub(session, address, length, onProgress)
    : readByRom(session, address, length, onProgress);
}

async function readByStub(
  session: Session,
  address: number,
  length: number,
  onProgress: (done: number) => void,
): Promise<Uint8Array> {
  const { link, options } = session;
  const purpose = `read ${length} bytes at ${hex(address)}`;
  await session.request({
    op: opcodes.readFlash,
    data: words(address, length, readBlock, readWindow),
    purpose,
  });
  const data = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const packet = await readPacket(session, purpose);
    if (packet.length > length - done || (packet.length < readBlock && packet.length < length - done)) {
      throw misread(purpose, address + done, `a block has ${packet.length} bytes`);
    }
    data.set(packet, done);
    done += packet.length;
    await link.write(words(done));
    onProgress(done);
  }
  // esptool-js 0.7.0 leaves this last frame in the line, where the next command takes it for its answer; may go when
  // its readFlash reads and compares it.
  const digest = await link.read(options.commandMs);
  if (toHex(digest) !== md5Of(data)) throw misread(purpose, address, 'its MD5 differs from what was read');
  return data;
}

async function readPacket(session: Session, purpose: string): Promise<Uint8Array> {
  try {
    return await session.link.read(session.options.commandMs);
  } catch (cause) {
    if (session.link.failure !== undefined || !isPassing(cause)) throw cause;
    throw new FlasherError('READ_FAILED', `The chip stopped when asked to ${purpose}`, {
      remedy: 'Try again at a lower baud rate',
      cause,
    });
  }
}

async function readByRom(
  session: Session,
  address: number,
  length: number,
  onProgress: (done: number) => void,
): Promise<Uint8Array> {
  const data = new Uint8Array(length);
  for (let done = 0; done < length; done += slowBlock) {
    const size = Math.min(slowBlock, length - done);
    const answer = await session.request({
      op: opcodes.readFlashSlow,
      data: words(address + done, size),
      answerLength: slowBlock,
      purpose: `read ${size} bytes at ${hex(address + done)}`,
    });
    data.set(answer.data.subarray(0, size), done);
    onProgress(done + size);
  }
  if (length > 0 && (await flashMd5(session, address, length)) !== md5Of(data)) {
    throw misread(`read ${length} bytes`, address, 'the MD5 on the chip differs from what was read');
  }
  return data;
}

function misread(purpose: string, address: number, what: string): FlasherError {
  return new FlasherError('READ_FAILED', `Failed to ${purpose}: at ${hex(address)} ${what}`, {
    remedy: 'Try again at a lower baud rate',
    address,
  });
}

export function unknownSize(): FlasherError {
  return new FlasherError('COMMAND_REFUSED', 'The size of the flash could not be read', {
    remedy: 'Check that the flash is connected and nothing else hangs on its pins',
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
