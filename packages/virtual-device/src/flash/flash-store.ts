/**
 * What lasts: the files as they are after a power cut. The flash checks every path before it comes here, so a store
 * has no rules of its own; what a store cannot do for reasons of its own it throws as FlashError EIO.
 */
export interface FlashStore {
  kind(path: string): 'file' | 'directory' | undefined;
  size(path: string): number;
  modifiedMs(path: string): number;
  /** The names in a directory, in any order. */
  list(path: string): string[];
  /** A copy of all of a file. */
  read(path: string): Buffer;
  readAt(path: string, position: number, target: Uint8Array): number;
  /** Makes the file if there is none. */
  replace(path: string, bytes: Uint8Array): void;
  /** A gap before `position` is filled with zeros. */
  writeAt(path: string, position: number, bytes: Uint8Array): void;
  /** Cuts, or fills up with zeros. */
  resize(path: string, size: number): void;
  makeDirectory(path: string): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** Replaces a file, or an empty directory, that has the new name. */
  move(from: string, to: string): void;
}
