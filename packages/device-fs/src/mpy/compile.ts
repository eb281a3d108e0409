import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DeviceError } from '../errors.ts';
import type { Firmware } from '../firmware.ts';

export interface Source {
  path: string;
  text: string;
}

interface Compiled {
  status: number;
  mpy?: Uint8Array;
  err: string[];
}

const mpyVersion = 6;
const compilerName = '@pybricks/mpy-cross-v6';
const compileMs = 60_000;

/**
 * The compiler gets a thread of its own: it listens for unhandled errors of the whole process, and where there is a `fetch` it
 * asks that for its own file, which fails.
 */
const threadCode = `
const { parentPort, workerData } = require('node:worker_threads');
delete globalThis.fetch;
const { compile } = require(workerData.compiler);
(async () => {
  const results = [];
  for (const { path, text } of workerData.sources) results.push(await compile(path.replaceAll('/', '_'), text, ['-s', path]));
  parentPort.postMessage(results);
})();
`;

/**
 * Refuses a board that would not load what we compile.
 *
 * @throws DeviceError DEVICE_MPY
 */
export function requireMpy(firmware: Firmware): void {
  const version = firmware.mpy & 0xff;
  if (version === mpyVersion) return;
  const what = version === 0 ? 'loads no compiled files' : `loads version ${version} of compiled files`;
  throw new DeviceError(
    'DEVICE_MPY',
    `MicroPython ${firmware.version} on the board ${what}, and the compiler makes version ${mpyVersion}: sync without mpy, or install MicroPython 1.19 or newer`,
  );
}

/**
 * Byte code for any board with version 6.
 *
 * @throws DeviceError DEVICE_MPY where the compiler is not installed, or a source does not compile; the signal's reason.
 */
export async function compileMpy(sources: readonly Source[], signal?: AbortSignal): Promise<Buffer[]> {
  signal?.throwIfAborted();
  if (sources.length === 0) return [];
  const results = await inThread(compilerPath(), sources, signal);
  return results.map(({ status, mpy, err }, index) => {
    if (status === 0 && mpy) return Buffer.from(mpy);
    const path = sources[index]?.path ?? '';
    throw new DeviceError(
      'DEVICE_MPY',
      `${path} does not compile: ${err.join('\n').trim() || `status ${status}`}`,
    );
  });
}

/** From here, or from where the program is that uses this package. */
function compilerPath(): string {
  for (const root of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    try {
      return createRequire(root).resolve(compilerName);
    } catch {
      continue; // not installed there
    }
  }
  throw new DeviceError('DEVICE_MPY', `the option mpy needs a compiler: npm i ${compilerName}`);
}

async function inThread(
  compiler: string,
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<Compiled[]> {
  const worker = new Worker(threadCode, { eval: true, workerData: { compiler, sources } });
  let timer: NodeJS.Timeout | undefined = undefined;
  let onAbort: () => void = () => undefined;
  try {
    return await new Promise<Compiled[]>((resolve, reject) => {
      const fail = (cause?: unknown): void => {
        reject(new DeviceError('DEVICE_MPY', `${compilerName} gave nothing: is it version 2?`, { cause }));
      };
      onAbort = () => {
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      timer = setTimeout(fail, compileMs);
      worker.once('message', resolve);
      worker.once('error', fail);
      worker.once('exit', fail);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}
