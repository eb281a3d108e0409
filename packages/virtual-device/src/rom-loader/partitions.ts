/** Where ESP-IDF puts the table unless a project says otherwise; MicroPython never does. */
export const partitionTableOffset = 0x8000;

const entrySize = 32;
const mostEntries = 95;

export interface FlashPartition {
  name: string;
  /** 0 for an application, 1 for data. */
  type: number;
  offset: number;
  size: number;
}

/** @returns `undefined` where the flash holds no partition table (ESP-IDF, "Partition Tables"). */
export function readPartitions(flash: Uint8Array): FlashPartition[] | undefined {
  const partitions: FlashPartition[] = [];
  const view = new DataView(flash.buffer, flash.byteOffset, flash.length);
  for (let index = 0; index < mostEntries; index += 1) {
    const at = partitionTableOffset + index * entrySize;
    if (view.getUint16(at, true) !== 0x50aa) break;
    const label = Buffer.from(flash.subarray(at + 12, at + 28)).toString('latin1');
    partitions.push({
      name: label.replace(/\0.*$/, ''),
      type: view.getUint8(at + 2),
      offset: view.getUint32(at + 4, true),
      size: view.getUint32(at + 8, true),
    });
  }
  return partitions.length === 0 ? undefined : partitions;
}
