/** A release of MicroPython, as far as it is known here. */
export interface ImageRelease {
  /** Such as `1.27.0`. */
  version: string;
  /** As in the names of its files: `20251209`. It does not follow from the version. */
  date: string;
  /** Boards, or boards with a variant (`ESP32_GENERIC-SPIRAM`), that the download site lists. */
  builds: readonly string[];
}

/** Every image that is known, with its hash. */
export interface ImageManifest {
  /** Where it comes from, and of which day it is. */
  origin?: string;
  /** All that are known. */
  releases: readonly ImageRelease[];
  /** SHA-256 in hexadecimal, by file name. */
  hashes: Readonly<Record<string, string>>;
}
