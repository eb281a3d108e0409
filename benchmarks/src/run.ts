import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { table, type Row } from './row.ts';

interface Benchmark {
  run: () => Promise<Row[]>;
  /** @returns the promises that the rows break, a sentence each. */
  check?: (rows: readonly Row[]) => string[];
}

/** Loaded when it is asked for: each drags in what it measures. */
const benchmarks: Record<string, { about: string; load: () => Promise<Benchmark> }> = {
  ota: {
    about: "a node's first install, a check with nothing new, and one changed file of forty",
    load: () => import('./ota.ts'),
  },
  fleet: {
    about: 'the broker restarts under 1, 50, 200 and 1,000 nodes: what a real Gogs and Mosquitto go through',
    load: () => import('./fleet.ts'),
  },
  'gogs-client': {
    about: 'a verified snapshot of 1,000 files, beside hand-written loops and the archive, from a real Gogs',
    load: () => import('./gogs-client.ts'),
  },
  'device-fs': {
    about:
      'a tree and single files onto a board through a 115200 baud link, beside mpremote, mpytool and rshell',
    load: () => import('./device-fs.ts'),
  },
  flasher: {
    about:
      'a firmware of 1.6 MB onto a simulated ESP32 through a 460800 baud link, beside esptool and esptool-js',
    load: () => import('./flasher.ts'),
  },
};

const name = process.argv[2];
const benchmark = name === undefined ? undefined : benchmarks[name];
if (name === undefined || !benchmark) {
  const list = Object.entries(benchmarks).map(([key, { about }]) => `  ${key.padEnd(14)}${about}\n`);
  const complaint = name === undefined ? '' : `There is no benchmark "${name}".\n`;
  process.stderr.write(`${complaint}npm run bench -- NAME, one of:\n${list.join('')}`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const { run, check } = await benchmark.load();
  const rows = await run();
  const results = new URL('../results/', import.meta.url);
  await mkdir(results, { recursive: true });
  const file = new URL(`${name}.json`, results);
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
  process.stdout.write(`${table(rows).join('\n')}\n\n${fileURLToPath(file)}\n`);
  const broken = check?.(rows) ?? [];
  if (broken.length > 0) {
    process.stderr.write(`\nThis breaks what is promised:\n${broken.map((line) => `  ${line}\n`).join('')}`);
    process.exitCode = 1;
  }
}
