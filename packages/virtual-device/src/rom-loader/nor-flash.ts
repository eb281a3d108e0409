import { VirtualDeviceError } from '../errors.ts';

/** The least that a NOR flash erases at once, in bytes. */
export const sectorSize = 0x1000;

/** A SPI NOR flash: erasing sets whole sectors to ones, programming can only turn ones into zeros. */
export class NorFlash {
  readonly bytes: Uint8Array;
  /** Sectors erased since power-up, for tests that count what a host did. */
  erasedSectors = 0;
  /** Bytes programmed since power-up. */
  programmedBytes = 0;

  /** @throws VirtualDeviceError ROM_LOADER_FLASH_SIZE unless `size` is a power of two of at least 256 KiB. */
  constructor(size: number) {
    if (!Number.isInteger(Math.log2(size)) || size < 0x4_0000) {
      throw new VirtualDeviceError(
        'ROM_LOADER_FLASH_SIZE',
        `a flash of ${size} bytes does not exist: give a power of two, 262144 or more`,
      );
    }
    this.bytes = new Uint8Array(size).fill(0xff);
  }

  /** What the JEDEC id says of the size: the power of two. */
  get sizeCode(): number {
    return Math.log2(this.bytes.length);
  }

  /** Every sector that holds a byte of the range. */
  erase(address: number, length: number): void {
    const first = Math.floor(address / sectorSize);
    const end = Math.ceil((address + length) / sectorSize);
    this.bytes.fill(0xff, first * sectorSize, end * sectorSize);
    this.erasedSectors += Math.max(0, end - first);
  }

  /** Writes as NOR flash does: bits only go from 1 to 0. */
  program(address: number, data: Uint8Array): void {
    for (const [index, byte] of data.entries()) {
      const before = this.bytes[address + index];
      if (before !== undefined) this.bytes[address + index] = before & byte;
    }
    this.programmedBytes += data.length;
  }

  /** Whether a range lies inside the flash. */
  contains(address: number, length: number): boolean {
    return address >= 0 && address + length <= this.bytes.length;
  }
}
