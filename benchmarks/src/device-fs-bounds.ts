import type { Row } from './row.ts';

export const ours = '@ota/device-fs';
export const arrived = 'yes';
/** What a peer's row says that was stopped, too slow to wait for. */
export const notDone = 'not done';

/** Without these a run says nothing about being faster. rshell does not run everywhere. */
const neededPeers = ['mpytool', 'mpremote'] as const;

/** Names of the scenarios, and the seconds that ours may take at most. */
export const scenarioNames = {
  cold: '100 kB, 40 files, cold',
  unchanged: 'nothing changed',
  changed: 'one file changed',
  binary: 'one binary file of 500 kB',
} as const;

const mostSeconds: Readonly<Record<string, number>> = {
  [scenarioNames.cold]: 4.2,
  [scenarioNames.unchanged]: 0.4,
  [scenarioNames.changed]: 0.6,
};

/**
 * What of a run breaks a promise: ours does not arrive, is slower than its bound, or slower than somebody else; or nobody else
 * was there to be compared with.
 *
 * @param only - the tool that alone was to be measured: nothing is compared then.
 * @returns a sentence for each; none where all holds.
 */
export function check(rows: readonly Row[], only = process.env['OTA_BENCH_TOOL']): string[] {
  return Object.values(scenarioNames).flatMap((scenario) => {
    const of = (tool: string): Row | undefined =>
      rows.find((row) => row.scenario === scenario && row.tool === tool);
    const wrong = only === undefined || only === ours ? ownPromises(scenario, of(ours)) : [];
    if (only !== undefined) return wrong;
    const missing = neededPeers.filter((tool) => !isMeasured(of(tool)));
    wrong.push(...missing.map((tool) => `${scenario}: ${tool} was not measured`));
    const mine = of(ours)?.seconds ?? 0;
    for (const { tool, seconds, ...row } of rows) {
      const isFaster = row.scenario === scenario && tool !== ours && seconds < mine;
      if (isFaster && row['on the board'] === arrived)
        wrong.push(`${scenario}: ${tool} took ${seconds} s, ${ours} ${mine} s`);
    }
    return wrong;
  });
}

function ownPromises(scenario: string, mine: Row | undefined): string[] {
  if (!mine) return [`${scenario}: ${ours} was not measured`];
  const wrong: string[] = [];
  if (mine['on the board'] !== arrived)
    wrong.push(`${scenario}: ${ours} did not bring all files to the board`);
  const most = mostSeconds[scenario];
  if (most !== undefined && mine.seconds > most)
    wrong.push(`${scenario}: ${ours} took ${mine.seconds} s, at most ${most} s are allowed`);
  return wrong;
}

/** A peer that could not even start would be no slower for that. */
function isMeasured(row: Row | undefined): boolean {
  const outcome = String(row?.['on the board']);
  return outcome === arrived || outcome.startsWith(notDone);
}
