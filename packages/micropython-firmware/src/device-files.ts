import { readdir, readFile } from 'node:fs/promises';
import { FirmwareError } from './errors.ts';
import { packModules } from './pack/pack-python.ts';

/** A file that belongs on every node. */
export interface DeviceFile {
  /** Absolute, on the node. */
  readonly path: string;
  /** Where it is on this machine, with its comments. */
  readonly source: URL;
  /** What goes on the node: the same without comments, docstrings and most blanks, with short names. */
  readonly content: Buffer;
}

/** A module of the package as it is written. */
export interface DeviceModule {
  readonly path: string;
  readonly source: URL;
  readonly text: string;
}

const device = new URL('../device/', import.meta.url);

/**
 * Everything of this package that goes on a node: `/boot.py`, `/main.py` and `/lib/ota`. Settings are not among it.
 *
 * @returns sorted by path on the node.
 * @throws FirmwareError with code `DEVICE_FILES` where the package is not complete.
 */
export async function deviceFiles(): Promise<DeviceFile[]> {
  const modules = await deviceModules();
  const packed = packModules(new Map([...modules].map(([name, { text }]) => [name, text])));
  return [...modules].map(([name, { path, source }]) => ({
    path,
    source,
    content: Buffer.from(packed.get(name) ?? ''),
  }));
}

/** The Python of this package as it is written, by the names of its modules. */
export async function deviceModules(): Promise<Map<string, DeviceModule>> {
  const ota = new URL('ota/', device);
  try {
    const names = (await readdir(ota)).filter((name) => name.endsWith('.py'));
    const places: [path: string, source: URL][] = [
      ['/boot.py', new URL('boot.py', device)],
      ['/main.py', new URL('main.py', device)],
      ...names.sort().map((name): [string, URL] => [`/lib/ota/${name}`, new URL(name, ota)]),
    ];
    const modules = places.map(async ([path, source]): Promise<[string, DeviceModule]> => {
      const text = await readFile(source, 'utf8');
      return [path.slice(path.lastIndexOf('/') + 1, -'.py'.length), { path, source, text }];
    });
    return new Map(await Promise.all(modules));
  } catch (cause) {
    throw new FirmwareError('DEVICE_FILES', `cannot read ${device.pathname}: install the package again`, {
      cause,
    });
  }
}
