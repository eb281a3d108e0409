import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { table, type Row } from './row.ts';

/** Writes rows to where they are committed, `benchmarks/NAME`, as data and as a table, with what they were measured on. */
export async function keep(name: string, rows: readonly Row[]): Promise<void> {
  const folder = new URL(`../${name}/`, import.meta.url);
  await mkdir(folder, { recursive: true });
  const processor = cpus()[0]?.model ?? 'unknown';
  const machine = { cpus: cpus().length, processor, node: process.version, date: new Date().toISOString() };
  await writeFile(new URL('results.json', folder), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  await writeFile(new URL('results.txt', folder), `${table(rows).join('\n')}\n`);
}
