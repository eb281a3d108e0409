import { sha256 } from '@noble/hashes/sha2';
import { chipOfImageId, type ChipName } from '../chips.ts';
import { hex } from '../errors.ts';

/** A part of an image that the bootloader puts at an address. */
export interface ImageSegment {
  /** Where it goes in the chip's address space. */
  address: number;
  /** In bytes. */
  size: number;
  /** Where its data starts, in bytes from the start of the file. */
  fileOffset: number;
}

/** A bootloader or an application, as ESP-IDF's "App Image Format" has it. */
export interface Executable {
  /** In bytes from the start of the file. */
  fileOffset: number;
  /** In bytes, with checksum and hash. */
  size: number;
  /** `undefined` if this package does not know the id. */
  chip: ChipName | undefined;
  /** Espressif's number of the chip. */
  chipId: number;
  /** The oldest chip it runs on, major times 100 plus minor. */
  minRevision: number;
  /** The newest chip it runs on; `undefined` for no limit. */
  maxRevision: number | undefined;
  /** Where it begins to run, in the chip's address space. */
  entry: number;
  /** In the order of the file. */
  segments: ImageSegment[];
  /** What the header says of the flash: mode, such as `DIO`; size, such as `4MB`; the code of its frequency. */
  flash: { mode: string; size: string; frequencyCode: number };
  /** Whether the file carries a SHA-256 of this part. */
  hasHash: boolean;
  /** From the application's description, for one that has it. */
  description: ApplicationDescription | undefined;
}

/** What an application says of itself (`esp_app_desc_t`). */
export interface ApplicationDescription {
  /** Empty in most builds of MicroPython. */
  version: string;
  /** Such as `micropython`. */
  project: string;
  /** Date and time, as the compiler wrote them. */
  compiled: string;
  /** The version of ESP-IDF. */
  idf: string;
}

const headerSize = 24;
const segmentHeaderSize = 8;
const magic = 0xe9;
const mostSegments = 16;
const flashModes = ['QIO', 'QOUT', 'DIO', 'DOUT', 'FAST_READ', 'SLOW_READ'];
const noLimit = 0xffff;

/** @returns what could be made of it, and what is wrong; no executable if there is not even a header. */
export function readExecutable(
  file: Uint8Array,
  fileOffset: number,
): { executable: Executable | undefined; problems: string[] } {
  const bytes = file.subarray(fileOffset);
  if (bytes.length < headerSize || bytes[0] !== magic) {
    const found = bytes[0] === undefined ? 'nothing' : hex(bytes[0]);
    return {
      executable: undefined,
      problems: [`an image starts with 0xe9 and 23 bytes more; at ${hex(fileOffset)} there is ${found}`],
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const executable = readHeader(view, fileOffset);
  const problems: string[] = [];
  const count = view.getUint8(1);
  if (count === 0 || count > mostSegments) problems.push(`it claims ${count} segments, 1 to 16 are possible`);
  if (view.getUint8(23) > 1) problems.push('its field for the hash is neither 0 nor 1');
  if (executable.chip === undefined) problems.push(`its chip id ${executable.chipId} is unknown`);
  if (problems.length > 0) return { executable, problems };
  const end = readSegments(view, executable, count, problems);
  if (end === undefined) return { executable, problems };
  checkEnd(bytes, executable, end, problems);
  return { executable, problems };
}

function readHeader(view: DataView, fileOffset: number): Executable {
  const chipId = view.getUint16(12, true);
  const maxRevision = view.getUint16(17, true);
  // Without a full maximum only the older field of one byte was filled in: the major, but the minor on a C3.
  const legacyMinimum = chipId === 5 ? view.getUint8(14) : view.getUint8(14) * 100;
  const sizeCode = view.getUint8(3) >> 4;
  return {
    fileOffset,
    size: view.byteLength,
    chip: chipOfImageId(chipId)?.name,
    chipId,
    minRevision: maxRevision === 0 ? legacyMinimum : view.getUint16(15, true),
    maxRevision: maxRevision === 0 || maxRevision === noLimit ? undefined : maxRevision,
    entry: view.getUint32(4, true),
    segments: [],
    flash: {
      mode: flashModes[view.getUint8(2)] ?? 'unknown',
      size: `${2 ** sizeCode}MB`,
      frequencyCode: view.getUint8(3) & 0xf,
    },
    hasHash: view.getUint8(23) === 1,
    description: undefined,
  };
}

/** @returns where the data ends, or `undefined` if the file ends before. */
function readSegments(
  view: DataView,
  executable: Executable,
  count: number,
  problems: string[],
): number | undefined {
  let position = headerSize;
  for (let index = 0; index < count; index += 1) {
    if (position + segmentHeaderSize > view.byteLength) {
      problems.push(`it ends before segment ${index} of ${count}`);
      return undefined;
    }
    const [address, size] = [view.getUint32(position, true), view.getUint32(position + 4, true)];
    position += segmentHeaderSize;
    if (size % 4 !== 0) {
      problems.push(`segment ${index} has ${size} bytes, which is no multiple of 4`);
      return undefined;
    }
    if (position + size > view.byteLength) {
      problems.push(`it ends in segment ${index}: ${position + size - view.byteLength} bytes are missing`);
      return undefined;
    }
    executable.segments.push({ address, size, fileOffset: executable.fileOffset + position });
    if (index === 0) executable.description = readDescription(view, position, size);
    position += size;
  }
  return position;
}

function checkEnd(bytes: Uint8Array, executable: Executable, dataEnd: number, problems: string[]): void {
  // The checksum is the last byte of a block of 16.
  const checksumAt = dataEnd + 15 - (dataEnd % 16);
  const hashAt = checksumAt + 1;
  executable.size = hashAt + (executable.hasHash ? 32 : 0);
  if (bytes.length < executable.size) {
    problems.push(`it ends ${executable.size - bytes.length} bytes before its end`);
    return;
  }
  const expected = executable.segments.reduce((sum, { fileOffset, size }) => {
    const start = fileOffset - executable.fileOffset;
    return xor(bytes.subarray(start, start + size), sum);
  }, 0xef);
  const found = bytes[checksumAt] ?? 0;
  if (found !== expected)
    problems.push(`its checksum is ${hex(found)} where its data makes ${hex(expected)}`);
  if (!executable.hasHash) return;
  const digest = sha256(bytes.subarray(0, hashAt));
  if (digest.some((byte, index) => byte !== bytes[hashAt + index])) {
    problems.push('its SHA-256 is not that of its data');
  }
}

function xor(data: Uint8Array, start: number): number {
  let sum = start;
  for (const byte of data) sum ^= byte;
  return sum;
}

function readDescription(view: DataView, position: number, size: number): ApplicationDescription | undefined {
  if (size < 256 || view.getUint32(position, true) !== 0xabcd_5432) return undefined;
  const text = (offset: number, length: number) => {
    const start = view.byteOffset + position + offset;
    const field = new Uint8Array(view.buffer, start, length);
    const zero = field.indexOf(0);
    return new TextDecoder().decode(zero < 0 ? field : field.subarray(0, zero));
  };
  return {
    version: text(16, 32),
    project: text(48, 32),
    compiled: `${text(96, 16)} ${text(80, 16)}`.trim(),
    idf: text(112, 32),
  };
}
