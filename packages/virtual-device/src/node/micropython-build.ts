import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { VirtualNodeError } from './node-errors.ts';
import { shareMemory } from './shared-memory.ts';

/** The MicroPython that a node runs unless told otherwise: the newest plain release on npm. */
export const defaultMicroPython = '1.27.0';
const packageName = '@micropython/micropython-webassembly-pyscript';

export interface MicroPythonBuild {
  readonly version: string;
  readonly module: WebAssembly.Module;
  /** URL of its micropython.mjs. */
  readonly loader: string;
}

const builds = new Map<string, Promise<MicroPythonBuild>>();

/**
 * Finds and compiles a MicroPython. The default one comes with this package; others are installed by the user, under the
 * npm alias `micropython-<version>`:
 * `npm i -D micropython-1.25.0@npm:@micropython/micropython-webassembly-pyscript@1.25.0`.
 *
 * @throws {@link VirtualNodeError} with code `NO_SUCH_MICROPYTHON` where that version is not installed.
 */
export function microPythonBuild(version: string = defaultMicroPython): Promise<MicroPythonBuild> {
  let build = builds.get(version);
  if (!build) {
    build = load(version);
    builds.set(version, build);
  }
  return build;
}

async function load(version: string): Promise<MicroPythonBuild> {
  const folder = await findFolder(version);
  const wasm = shareMemory(await readFile(join(folder, 'micropython.wasm')));
  const module = await WebAssembly.compile(wasm as BufferSource);
  return { version, module, loader: pathToFileURL(join(folder, 'micropython.mjs')).href };
}

async function findFolder(version: string): Promise<string> {
  const candidates = [`micropython-${version}`, packageName];
  const roots = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  for (const root of roots) {
    for (const candidate of candidates) {
      const file = resolve(root, `${candidate}/package.json`);
      if (!file) continue;
      const manifest = JSON.parse(await readFile(file, 'utf8')) as { version?: string };
      if (manifest.version === version) return dirname(file);
    }
  }
  throw new VirtualNodeError(
    'NO_SUCH_MICROPYTHON',
    `MicroPython ${version} is not installed: npm i -D micropython-${version}@npm:${packageName}@${version}`,
  );
}

function resolve(root: string, request: string): string | undefined {
  try {
    return createRequire(root).resolve(request);
  } catch {
    return undefined; // not installed here; the caller tells the user when it is installed nowhere
  }
}
