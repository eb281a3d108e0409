/** What the name of a MicroPython image says. */
export interface ImageFileName {
  /** The board, or the board with a variant: `ESP32_GENERIC-SPIRAM`. */
  readonly build: string;
  readonly version: string;
}

/** As MicroPython's autobuild names releases: `ESP32_GENERIC-SPIRAM-20251209-v1.27.0.bin`. */
const named = /^([A-Z0-9_]+(?:-[A-Z0-9_]+)?)-\d{8}-v(\d+\.\d+(?:\.\d+)?)\.bin$/;

/** @returns `undefined` for a name that MicroPython's download site would not have. */
export function parseImageFileName(name: string): ImageFileName | undefined {
  const [, build, version] = named.exec(name) ?? [];
  return build === undefined || version === undefined ? undefined : { build, version };
}
