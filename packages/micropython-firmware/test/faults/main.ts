import { parseArgs } from 'node:util';
import { describeCase, tryAll, type Result } from './matrix.ts';
import { Rig } from './rig.ts';
import { kinds } from './kinds.ts';

const laneCount = 4;
/** Of so many cases one is tried with true boots as well. */
const bootEvery = 40;
const progressEvery = 250;

const { values } = parseArgs({
  options: {
    /** Only this kind of fault. */
    kind: { type: 'string' },
    /** Only so many-th of the places. */
    every: { type: 'string', default: '1' },
  },
});
await using rig = await Rig.start(laneCount);
const wanted = rig.cases
  .filter(({ kind }) => values.kind === undefined || kind.name === values.kind)
  .filter((_, index) => index % Number(values.every) === 0);
const sampled = wanted.filter((_, index) => index % bootEvery === 0);
const cases = [...wanted, ...sampled];
let done = 0;
const results = await tryAll(rig, cases, {
  boots: (index) => index >= wanted.length,
  onResult: ({ failure }) => {
    done++;
    if (failure !== undefined) process.stderr.write(`  ${failure}\n`);
    if (done % progressEvery === 0) process.stderr.write(`  ${done} of ${cases.length}\n`);
  },
});

const line = (name: string, cells: readonly (string | number)[]): string =>
  `${name.padEnd(18)}${cells.map((cell) => String(cell).padStart(11)).join('')}\n`;
const count = (of: readonly Result[], is: (result: Result) => boolean): number => of.filter(is).length;
process.stdout.write(
  line('kind of fault', [
    'requests',
    'places',
    'cases',
    'refused',
    'harmless',
    'unnoticed',
    'again',
    'failures',
  ]),
);
for (const { name } of kinds.filter((kind) => cases.some((each) => each.kind === kind))) {
  const own = results.filter(({ tried }) => tried.kind.name === name);
  process.stdout.write(
    line(name, [
      new Set(own.map(({ tried }) => tried.request)).size,
      new Set(own.map(({ tried }) => `${tried.request} ${tried.place}`)).size,
      own.length,
      count(own, ({ outcome }) => outcome === 'refused'),
      count(own, ({ outcome }) => outcome === 'harmless'),
      count(own, ({ outcome }) => outcome === 'unnoticed'),
      count(own, ({ again }) => again !== undefined),
      count(own, ({ failure }) => failure !== undefined),
    ]),
  );
}
const again = results.filter(({ again: why, failure }) => why !== undefined && failure === undefined);
for (const { tried, boots, again: why } of again)
  process.stdout.write(`again: ${describeCase(tried, boots)}: ${why ?? ''}\n`);
const failed = count(results, ({ failure }) => failure !== undefined);
if (failed > 0) process.exitCode = 1;
process.stdout.write(
  `faults: ${rig.requests.length} requests, ${kinds.length} kinds, ${wanted.length} places, ` +
    `${cases.length} cases (${sampled.length} with true boots), ${failed} failures\n`,
);
