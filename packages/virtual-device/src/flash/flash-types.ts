/** How large a flash is, and how it behaves. */
export interface FlashOptions {
  /** How much the flash holds, in bytes. @default 2 MiB */
  sizeBytes?: number;
  /** The unit in which files and directories take space, in bytes. @default 4096 */
  blockSize?: number;
  /**
   * When written bytes survive a power cut: `on-close` as in LittleFS (at sync or close, all or nothing), or
   * `on-write`, harsher, as in FAT (each write by itself). @default 'on-close'
   */
  durability?: FlashDurability;
}

/** When written bytes survive a power cut. */
export type FlashDurability = 'on-write' | 'on-close';

/** What a path is. */
export interface FlashStat {
  type: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedMs: number;
}

/** How a file is opened. */
export interface FlashOpenOptions {
  /** Make the file if there is none. */
  create?: boolean;
  /** With `create`: fail with EEXIST if the name is taken. */
  exclusive?: boolean;
  /** Start with no bytes. Implies `write`. */
  truncate?: boolean;
  /** Every write goes to the end, whatever position it names. Implies `write`. */
  append?: boolean;
  write?: boolean;
}

/** Room on a flash, in blocks. */
export interface FlashSpace {
  /** Bytes. */
  blockSize: number;
  totalBlocks: number;
  freeBlocks: number;
}

/** A call that changed the flash, or would have. */
export interface FlashOperation {
  kind: 'create' | 'truncate' | 'write' | 'close' | 'rename' | 'remove' | 'mkdir' | 'rmdir';
  path: string;
  /** The new name, of a rename. */
  to?: string;
  /** How many bytes, of a write. */
  bytes?: number;
}

/** When the power goes. */
export interface PowerCut {
  /** 1 is the first operation since `powerOn()`. */
  atOperation: number;
  /** `during` a write lands the first half of its bytes; for any other operation it is the same as `before`. */
  phase: 'before' | 'during';
}

/** Everything that a flash holds, as plain data that shares nothing with it. */
export interface FlashImage {
  files: Map<string, Uint8Array>;
  /** All directories but the root, parents first. */
  directories: string[];
}
