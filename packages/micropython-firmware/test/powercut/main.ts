import { cutEverywhere, type Result } from './matrix.ts';
import { Rig } from './rig.ts';
import { scenarios } from './scenarios.ts';
import { seedFiles, seedScenario } from './seed.ts';

/** Prints a row at a time: a full run takes minutes. */
function row(result: Result): void {
  const { scenario, operations, cuts, doubleCuts, states, failures } = result;
  const numbers = [operations, cuts, doubleCuts, states, failures.length];
  process.stdout.write(
    `${scenario.padEnd(40)}${numbers.map((number) => String(number).padStart(12)).join('')}\n`,
  );
  for (const failure of failures.slice(0, 10)) process.stdout.write(`  ${failure}\n`);
}

const columns = ['operations', 'cuts', 'double cuts', 'states', 'failures'];
process.stdout.write(
  `${'power is cut during'.padEnd(40)}${columns.map((name) => name.padStart(12)).join('')}\n`,
);

const ours: Result[] = [];
{
  await using rig = await Rig.start();
  for (const scenario of await scenarios(rig)) {
    const result = await cutEverywhere(rig, scenario);
    ours.push(result);
    row(result);
  }
}
let seed: Result;
{
  await using rig = await Rig.start(await seedFiles());
  seed = await cutEverywhere(rig, await seedScenario(rig));
  row(seed);
}
const sum = (of: (result: Result) => number): number => ours.reduce((total, each) => total + of(each), 0);
const failed = sum(({ failures }) => failures.length);
if (seed.failures.length === 0) {
  process.stdout.write('The harness found nothing in the algorithm of the seed: it cannot be trusted.\n');
  process.exitCode = 1;
}
if (failed > 0) process.exitCode = 1;
process.stdout.write(
  `powercut: ${sum(({ cuts }) => cuts)} cuts, ${sum(({ doubleCuts }) => doubleCuts)} double cuts, ${failed} failures\n`,
);
