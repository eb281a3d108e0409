/**
 * Part of this package's build: compiles the device files into `dist/compiled/node.mpy`, which `deviceFiles()` gives.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { compiledNode, deviceModules, textsOf } from '../device-files.ts';
import { mpyCross } from './mpy-cross.ts';
import { packBundle } from './pack-python.ts';

/** Without line numbers: nobody could tell which file they are of. */
const options = ['-O3'];

const texts = textsOf(await deviceModules());
// How many frequent names are worth to be named first, only trying tells.
const sources = Array.from({ length: 32 }, (_, index): [string, string] => [
  'node',
  packBundle(texts, index * 4),
]);
const compiled = await mpyCross(sources, options);
const [smallest = Buffer.of()] = compiled.sort((one, other) => one.length - other.length);
await mkdir(new URL('.', compiledNode), { recursive: true });
await writeFile(compiledNode, smallest);
