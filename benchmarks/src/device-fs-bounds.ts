import type { Row } from './row.ts';

export const ours = '@ota/device-fs';
export const arrived = 'yes';

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
 * What of a run breaks a promise: ours does not arrive, is slower than its bound, or slower than somebody else.
 *
 * @returns a sentence for each; none where all holds.
 */
export function check(rows: readonly Row[]): string[] {
  const wrong: string[] = [];
  for (const scenario of Object.values(scenarioNames)) {
    const mine = rows.find((row) => row.scenario === scenario && row.tool === ours);
    if (!mine) {
      wrong.push(`${scenario}: ${ours} was not measured`);
      continue;
    }
    const { seconds } = mine;
    if (mine['on the board'] !== arrived)
      wrong.push(`${scenario}: ${ours} did not bring all files to the board`);
    const most = mostSeconds[scenario];
    if (most !== undefined && seconds > most)
      wrong.push(`${scenario}: ${ours} took ${seconds} s, at most ${most} s are allowed`);
    for (const peer of rows) {
      const isFaster = peer.scenario === scenario && peer.tool !== ours && peer.seconds < seconds;
      if (isFaster && peer['on the board'] === arrived)
        wrong.push(`${scenario}: ${peer.tool} took ${peer.seconds} s, ${ours} ${seconds} s`);
    }
  }
  return wrong;
}
