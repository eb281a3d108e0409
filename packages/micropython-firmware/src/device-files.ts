import { readdir, readFile } from 'node:fs/promises';
import { FirmwareError } from './errors.ts';
import { packPython } from './pack-python.ts';

/** A file that belongs on every node. */
export interface DeviceFile {
  /** Absolute, on the node. */
  readonly path: string;
  /** Where it is on this machine, with its comments. */
  readonly source: URL;
  /** What goes on the node: the same without comments, docstrings and most blanks. */
  readonly content: Buffer;
}

const device = new URL('../device/', import.meta.url);

/**
 * Everything of this package that goes on a node: `/boot.py`, `/main.py` and `/lib/ota`. Settings are not among it.
 *
 * @returns sorted by path on the node.
 * @throws FirmwareError with code `DEVICE_FILES` where the package is not complete.
 */
export async function deviceFiles(): Promise<DeviceFile[]> {
  const ota = new URL('ota/', device);
  try {
    const modules = (await readdir(ota)).filter((name) => name.endsWith('.py'));
    const places: [path: string, source: URL][] = [
      ['/boot.py', new URL('boot.py', device)],
      ['/main.py', new URL('main.py', device)],
      ...modules.sort().map((name): [string, URL] => [`/lib/ota/${name}`, new URL(name, ota)]),
    ];
    return await Promise.all(
      places.map(async ([path, source]) => ({
        path,
        source,
        content: Buffer.from(packPython(await readFile(source, 'utf8'))),
      })),
    );
  } catch (cause) {
    throw new FirmwareError('DEVICE_FILES', `cannot read ${device.pathname}: install the package again`, {
      cause,
    });
  }
}
