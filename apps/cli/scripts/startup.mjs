// Prints how long `ota --help` takes, and fails where that is too long: `npm run startup -w @ota/cli`, after a build.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const bare = fileURLToPath(new URL('bare.mjs', import.meta.url));
const runs = 21;
const mostMs = 150;

function median(file, ...argv) {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [file, ...argv], { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${file} ended with ${status}`);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

console.log(`${availableParallelism()} cores, Node ${process.version}, median of ${runs}`);
console.log(`node alone   ${median(bare).toFixed(0)} ms`);
const helpMs = median(bin, '--help');
console.log(`ota --help   ${helpMs.toFixed(0)} ms (at most ${mostMs})`);
if (helpMs > mostMs) process.exitCode = 1;
