import { createHash } from 'node:crypto';

/** A partition that holds an application. */
export interface ApplicationPartition {
  readonly name: string;
  /** In the flash, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** Where ESP-IDF puts the table unless a project says otherwise (`CONFIG_PARTITION_TABLE_OFFSET`); MicroPython's builds do not. */
export const partitionTableOffset = 0x8000;

const entrySize = 32;
const tableSize = 0xc00;
const entryMagic = 0x50aa;
const digestMagic = 0xebeb;
/** Erased flash: a table that was built without its MD5 ends so. */
const noMagic = 0xffff;
const applicationType = 0;

/**
 * The partitions for applications, by ESP-IDF's format of the table (`esp_partition_info_t`, with the MD5 of the entries
 * behind them).
 *
 * @param table - from its start; what follows it does not matter.
 * @returns the problem in words where it is none, or not the one that was built.
 */
export function applicationPartitions(table: Buffer): readonly ApplicationPartition[] | { problem: string } {
  const found: ApplicationPartition[] = [];
  const end = Math.min(table.length, tableSize);
  for (let at = 0; at + entrySize <= end; at += entrySize) {
    const magic = table.readUInt16LE(at);
    if (magic === digestMagic) {
      const digest = createHash('md5').update(table.subarray(0, at)).digest();
      return digest.equals(table.subarray(at + 16, at + 32)) ? found : { problem: 'does not match its MD5' };
    }
    if (magic === noMagic && at > 0) return found;
    if (magic !== entryMagic) break;
    if (table[at + 2] === applicationType) {
      const name = table.toString('latin1', at + 12, at + 28).replace(/\0.*$/s, '');
      found.push({ name, offset: table.readUInt32LE(at + 4), size: table.readUInt32LE(at + 8) });
    }
  }
  return { problem: 'is not there' };
}
