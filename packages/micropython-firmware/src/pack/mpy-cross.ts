import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

interface Compiled {
  readonly status: number;
  readonly mpy?: Uint8Array;
  readonly err: readonly string[];
}

/** The compiler asks a global `fetch`, where there is one, for its own file, and listens for errors of the whole process. */
const threadCode = `
const { parentPort, workerData } = require('node:worker_threads');
delete globalThis.fetch;
process.setMaxListeners(0);
const { compile } = require(workerData.compiler);
(async () => {
  const results = [];
  for (const [path, text] of workerData.sources) results.push(await compile('x.py', text, ['-s', path, ...workerData.options]));
  parentPort.postMessage(results);
})();
`;

/** Compiles modules (path and source) with mpy-cross. Throws for one that is not clean. */
export async function mpyCross(
  sources: readonly (readonly [path: string, source: string])[],
  options: readonly string[] = [],
): Promise<Buffer[]> {
  const compiler = createRequire(import.meta.url).resolve('@pybricks/mpy-cross-v6');
  const worker = new Worker(threadCode, { eval: true, workerData: { compiler, sources, options } });
  try {
    const results = await new Promise<Compiled[]>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    return results.map(({ status, mpy, err }, index) => {
      if (status === 0 && mpy && err.length === 0) return Buffer.from(mpy);
      throw new Error(`${sources[index]?.[0] ?? ''} does not compile: ${err.join('\n')}`);
    });
  } finally {
    await worker.terminate();
  }
}
