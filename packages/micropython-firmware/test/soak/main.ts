import { parseArgs } from 'node:util';
import { clock, soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    /** Of the nodes' time. */
    hours: { type: 'string', default: '24' },
    /** The nodes' seconds in one of ours: how fast depends on the computer. */
    scale: { type: 'string', default: '60' },
  },
});
const hours = Number(values.hours);
const timeScale = Number(values.scale);
const seed = Number(process.env['OTA_SEED'] ?? Date.now() % 1_000_000);
process.stdout.write(
  `soak: 5 nodes, ${hours} h in ${((hours * 60) / timeScale).toFixed(0)} min, OTA_SEED=${seed}\n`,
);
const result = await soak({
  hours,
  seed,
  timeScale,
  onEvent: (atMs, text) => process.stdout.write(`${clock(atMs)} ${text}\n`),
});
for (const [what, count] of Object.entries(result.happened).sort()) {
  process.stdout.write(`${what.padEnd(28)}${String(count).padStart(6)}\n`);
}
for (const failure of result.failures) process.stdout.write(`FAILED ${failure}\n`);
if (result.failures.length > 0) process.exitCode = 1;
process.stdout.write(
  `soak: ${hours} h, ${result.boots} boots, ${result.looks} looks for an update, ${result.beats} signs of life, ` +
    `longest silence ${clock(result.longestSilenceMs)}, ${result.failures.length} failures, OTA_SEED=${seed}\n`,
);
