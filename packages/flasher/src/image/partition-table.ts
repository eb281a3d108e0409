import { md5 } from '@noble/hashes/legacy';

/** A partition's type; a number where it is none of ESP-IDF's. */
export type PartitionType = 'app' | 'data' | number;

/** A line of the partition table. */
export interface Partition {
  /** At most 16 bytes. */
  name: string;
  /** Application, data, or a number of the project's own. */
  type: PartitionType;
  /** As the table has it, such as 0 for `factory`, 0x10 for `ota_0`, 2 for `nvs`. */
  subtype: number;
  /** In the flash, in bytes. */
  offset: number;
  /** In bytes. */
  size: number;
  /** Whether the table has the flag for it. */
  isEncrypted: boolean;
}

/** Where ESP-IDF puts it unless a project says otherwise; MicroPython never does. */
export const partitionTableOffset = 0x8000;

const entrySize = 32;
/** How much of the flash a table may take. */
export const partitionTableSize = 0xc00;
const entryMagic = 0x50aa;
const checksumMagic = 0xebeb;

export function isPartitionTable(bytes: Uint8Array): boolean {
  return bytes[0] === 0xaa && bytes[1] === 0x50;
}

/** @param bytes - from the start of the table. */
export function readPartitionTable(bytes: Uint8Array): { partitions: Partition[]; problems: string[] } {
  const table = bytes.subarray(0, partitionTableSize);
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const partitions: Partition[] = [];
  for (let at = 0; at + entrySize <= table.length; at += entrySize) {
    const kind = view.getUint16(at, true);
    if (kind === 0xffff) return { partitions, problems: [] };
    if (kind === checksumMagic) {
      const digest = md5(table.subarray(0, at));
      const isRight = digest.every((byte, index) => byte === table[at + 16 + index]);
      return {
        partitions,
        problems: isRight ? [] : ["the partition table's MD5 is not that of its entries"],
      };
    }
    if (kind !== entryMagic) {
      return { partitions, problems: [`entry ${at / entrySize} of the partition table is none`] };
    }
    partitions.push(readEntry(view, table, at));
  }
  return { partitions, problems: ['the partition table has no end'] };
}

function readEntry(view: DataView, table: Uint8Array, at: number): Partition {
  const type = view.getUint8(at + 2);
  const label = table.subarray(at + 12, at + 28);
  const zero = label.indexOf(0);
  return {
    name: new TextDecoder().decode(zero < 0 ? label : label.subarray(0, zero)),
    type: type === 0 ? 'app' : type === 1 ? 'data' : type,
    subtype: view.getUint8(at + 3),
    offset: view.getUint32(at + 4, true),
    size: view.getUint32(at + 8, true),
    isEncrypted: (view.getUint32(at + 28, true) & 1) === 1,
  };
}
