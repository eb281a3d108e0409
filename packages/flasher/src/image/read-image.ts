import { chipOfName, type ChipName } from '../chips.ts';
import { FlasherError, hex } from '../errors.ts';
import { readExecutable, type Executable } from './executable.ts';
import {
  isPartitionTable,
  partitionTableOffset,
  readPartitionTable,
  type Partition,
} from './partition-table.ts';

/**
 * `full` is bootloader, partition table and application in one file, as MicroPython's `.bin` is; `app` is what goes
 * into an application's partition (`.app-bin`); `bootloader` is a bootloader alone.
 */
export type ImageKind = 'full' | 'app' | 'bootloader';

/** What a firmware file says of itself. */
export interface FirmwareImage {
  /** Whether it is a full image or a part. */
  kind: ImageKind;
  /** `undefined` for an id that this package does not know. */
  chip: ChipName | undefined;
  /** Espressif's number of the chip. */
  chipId: number;
  /** The oldest chip it runs on, major times 100 plus minor. */
  minRevision: number;
  /** The newest chip it runs on; `undefined` for no limit. */
  maxRevision: number | undefined;
  /** The first part of the file: the bootloader of a full image, else the image itself. */
  executable: Executable;
  /** The application of a full image. */
  application: Executable | undefined;
  /** Of a full image. */
  partitions: Partition[];
  /** Of the file, in bytes. */
  size: number;
}

/**
 * Reads a firmware file and checks it: structure, checksum and the SHA-256 it carries, of every part. It needs no chip
 * and touches no file.
 *
 * @throws FlasherError IMAGE_DAMAGED for a file that is no image, is cut short or was changed.
 */
export function readImage(file: Uint8Array): FirmwareImage {
  const { image, problems } = inspectImage(file);
  if (image === undefined || problems.length > 0) {
    throw new FlasherError('IMAGE_DAMAGED', `The image is damaged: ${problems.join('; ')}`, {
      remedy: 'Download it again, and compare its SHA-256 with the publisher’s where there is one',
    });
  }
  return image;
}

/** As `readImage`, but says what is wrong instead of throwing. No image comes back from a file without its header. */
export function inspectImage(file: Uint8Array): { image: FirmwareImage | undefined; problems: string[] } {
  const { executable, problems } = readExecutable(file, 0);
  if (executable === undefined) return { image: undefined, problems };
  const tableAt = partitionTableOffset - bootloaderOffsetOf(executable.chip);
  const table = file.subarray(tableAt);
  const isFull = isPartitionTable(table);
  const isBootloader = executable.description === undefined && executable.size <= tableAt;
  const image: FirmwareImage = {
    kind: isFull ? 'full' : isBootloader ? 'bootloader' : 'app',
    chip: executable.chip,
    chipId: executable.chipId,
    minRevision: executable.minRevision,
    maxRevision: executable.maxRevision,
    executable,
    application: undefined,
    partitions: [],
    size: file.length,
  };
  if (isFull) {
    const read = readPartitionTable(table);
    image.partitions = read.partitions;
    problems.push(...read.problems, ...readApplications(file, image));
  } else if (isBootloader && file.length > executable.size) {
    problems.push(
      `it goes on after a bootloader, yet has no partition table for ${hex(partitionTableOffset)}`,
    );
  }
  return { image, problems };
}

/** Every application partition that the file fills; the first has to be there. */
function readApplications(file: Uint8Array, image: FirmwareImage): string[] {
  const start = bootloaderOffsetOf(image.chip);
  const problems: string[] = [];
  const partitions = image.partitions.filter(({ type }) => type === 'app');
  for (const { name, offset, size } of partitions) {
    const isFirst = image.application === undefined;
    if (!isFirst && file[offset - start] !== 0xe9) continue;
    const read = readExecutable(file, offset - start);
    problems.push(...read.problems.map((problem) => `the application in ${name}: ${problem}`));
    if (read.executable === undefined) return problems;
    if (read.executable.size > size) problems.push(`the application is larger than its partition ${name}`);
    if (read.executable.chipId !== image.chipId) {
      problems.push(
        `the application in ${name} is for chip id ${read.executable.chipId}, the bootloader is not`,
      );
    }
    image.application ??= read.executable;
    // The bootloader runs first, then the application: a chip has to suit both.
    image.minRevision = Math.max(image.minRevision, read.executable.minRevision);
    image.maxRevision = lower(image.maxRevision, read.executable.maxRevision);
  }
  if (partitions.length === 0) problems.push('the partition table has no place for an application');
  return problems;
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  const least = Math.min(one ?? Infinity, other ?? Infinity);
  return least === Infinity ? undefined : least;
}

function bootloaderOffsetOf(chip: ChipName | undefined): number {
  return (chip === undefined ? undefined : chipOfName(chip)?.bootloaderOffset) ?? 0;
}
