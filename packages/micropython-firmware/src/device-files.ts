import { readdir, readFile } from 'node:fs/promises';
import { FirmwareError } from './errors.ts';
import { packModules } from './pack/pack-python.ts';

/** A file that belongs on every node. */
export interface DeviceFile {
  /** Absolute, on the node. */
  readonly path: string;
  /** Where it is on this machine: with its comments, unless it is compiled. */
  readonly source: URL;
  /** What goes on the node: without comments, docstrings and most blanks, with short names; or compiled. */
  readonly content: Buffer;
}

/** A module of the package as it is written. */
export interface DeviceModule {
  readonly path: string;
  readonly source: URL;
  readonly text: string;
}

const device = new URL('../device/', import.meta.url);

/** Which form of the device files is wanted. */
export interface DeviceFilesOptions {
  /**
   * All of /lib/ota in one compiled file, `/lib/ota/node.mpy`: two thirds of the flash, and no compiling at each boot.
   * Tracebacks have no line numbers then. MicroPython 1.19 and later load it.
   */
  readonly compiled?: boolean;
}

/** What `npm run build` makes of the device files. */
export const compiledNode = new URL('../dist/compiled/node.mpy', import.meta.url);

/**
 * Everything of this package that goes on a node: `/boot.py`, `/main.py` and `/lib/ota`. Settings are not among it.
 *
 * @returns sorted by path on the node.
 * @throws FirmwareError with code `DEVICE_FILES` where the package is not complete.
 */
export async function deviceFiles({ compiled = false }: DeviceFilesOptions = {}): Promise<DeviceFile[]> {
  const modules = [...(await deviceModules())];
  if (!compiled) return packed(modules);
  const content = await complete(readFile(compiledNode), compiledNode);
  const outside = modules.filter(([, { path }]) => !path.startsWith('/lib/ota/'));
  return [...packed(outside), { path: '/lib/ota/node.mpy', source: compiledNode, content }];
}

function packed(modules: readonly [name: string, module: DeviceModule][]): DeviceFile[] {
  const contents = packModules(textsOf(modules));
  return modules.map(([name, { path, source }]) => ({
    path,
    source,
    content: Buffer.from(contents.get(name) ?? ''),
  }));
}

/** What is to be packed: the text of each module by its name. */
export function textsOf(
  modules: Iterable<readonly [name: string, module: DeviceModule]>,
): Map<string, string> {
  return new Map([...modules].map(([name, { text }]) => [name, text]));
}

/** The Python of this package as it is written, by the names of its modules. */
export async function deviceModules(): Promise<Map<string, DeviceModule>> {
  const ota = new URL('ota/', device);
  const read = async (): Promise<[string, DeviceModule][]> => {
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
    return Promise.all(modules);
  };
  return new Map(await complete(read(), device));
}

async function complete<Value>(reading: Promise<Value>, place: URL): Promise<Value> {
  try {
    return await reading;
  } catch (cause) {
    throw new FirmwareError('DEVICE_FILES', `cannot read ${place.pathname}: install the package again`, {
      cause,
    });
  }
}
