import { describe, expect, it } from 'vitest';
import { arrived, check, notDone, ours, scenarioNames } from '../src/device-fs-bounds.ts';
import type { Row } from '../src/row.ts';

const everySecond = { [ours]: 0.3, mpytool: 1, mpremote: 5, rshell: 9 };

/** A run in which each tool took as long for each scenario. */
function run(seconds: Readonly<Record<string, number>> = everySecond): Row[] {
  return Object.values(scenarioNames).flatMap((scenario) =>
    Object.entries(seconds).map(([tool, taken]) => ({
      ...{ scenario, tool, seconds: taken },
      'on the board': arrived,
    })),
  );
}

const changed = (tool: string, change: Partial<Row>, scenario: string = scenarioNames.cold): Row[] =>
  run().map((row) => (row.tool === tool && row.scenario === scenario ? ({ ...row, ...change } as Row) : row));

describe('the bounds of the benchmark device-fs', () => {
  it('hold where ours is in time and first', () => {
    expect(check(run(), undefined)).toEqual([]);
  });

  it.each([
    [scenarioNames.cold, 4.21],
    [scenarioNames.unchanged, 0.41],
    [scenarioNames.changed, 0.61],
  ])('are broken where %s takes %d s', (scenario, seconds) => {
    const slowOthers = { ...everySecond, mpytool: 10, mpremote: 10 };
    const rows = run(slowOthers).map((row) =>
      row.tool === ours && row.scenario === scenario ? { ...row, seconds } : row,
    );
    expect(check(rows, undefined)).toEqual([expect.stringMatching(/took [\d.]+ s, at most/)]);
  });

  it('are broken by whoever is faster, if all arrived', () => {
    expect(check(changed('rshell', { seconds: 0.2 }), undefined)).toEqual([
      expect.stringContaining('rshell took 0.2 s'),
    ]);
    expect(check(changed('rshell', { seconds: 0.2, 'on the board': 'no' }), undefined)).toEqual([]);
  });

  it('are broken where ours does not arrive', () => {
    expect(check(changed(ours, { 'on the board': 'no' }), undefined)).toEqual([
      expect.stringContaining('did not bring all files'),
    ]);
  });

  it.each([ours, 'mpytool', 'mpremote'])('are broken where %s was not measured at all', (tool) => {
    const rows = run().filter((row) => row.tool !== tool);
    expect(check(rows, undefined)).toEqual(
      Object.values(scenarioNames).map((scenario) => `${scenario}: ${tool} was not measured`),
    );
  });

  it('are broken by a peer that failed, but not by one that was too slow to wait for', () => {
    expect(check(changed('mpytool', { 'on the board': 'failed: no module' }), undefined)).toHaveLength(1);
    expect(check(changed('mpremote', { 'on the board': `${notDone} after 150 s` }), undefined)).toEqual([]);
  });

  it('do without rshell, and without the others where one tool was chosen', () => {
    const without = run().filter((row) => row.tool !== 'rshell');
    expect(check(without, undefined)).toEqual([]);
    const alone = (tool: string) => run().filter((row) => row.tool === tool);
    expect(check(alone(ours), ours)).toEqual([]);
    expect(check(alone('mpytool'), 'mpytool')).toEqual([]);
    const slow = run({ [ours]: 5 });
    expect(check(slow, ours)).toHaveLength(3);
  });
});
