import { readFile, writeFile } from 'node:fs/promises';

/** Linux counts processor time in these. */
const ticksPerSecond = 100;

/** What a program and the children it has waited for cost so far. `undefined` where there is no /proc. */
export interface ProcessCost {
  readonly cpuSeconds: number;
  /** Most memory that it had at once, without its children. */
  readonly peakMB: number;
}

export async function costOf(pid: number | undefined): Promise<ProcessCost | undefined> {
  if (pid === undefined) return undefined;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    // The second field is the program's name in brackets; utime, stime, cutime and cstime are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const peakKB = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return { cpuSeconds: ticks / ticksPerSecond, peakMB: Math.round(peakKB / 1024) };
  } catch {
    return undefined; // not Linux, or gone: the table has a gap there
  }
}

/** Lets the peak begin again at what the program has now. */
export async function forgetPeak(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined); // as above
}
