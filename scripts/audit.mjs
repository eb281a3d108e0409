// node scripts/audit.mjs: does the registry know of weaknesses in what installed packages bring along? Ends non-zero if so. Registries
// that only mirror packages cannot be asked (404, 405, 501): that is said loudly, and is no fault of this tree.
import { execFile } from 'node:child_process';

const windows = process.platform === 'win32';
const words = ['audit', '--omit=dev', '--json'];
const stdout = await new Promise((resolve) =>
  execFile('npm', words, { shell: windows, maxBuffer: 64 * 2 ** 20 }, (_error, text) => resolve(text)),
);
const answer = JSON.parse(stdout);
const total = answer.metadata?.vulnerabilities?.total;
if (total === undefined && [404, 405, 501].includes(answer.statusCode)) {
  console.log(`*** NOT RUN: npm audit. The registry does not answer it (${answer.statusCode}). ***`);
} else if (total === undefined) {
  console.error(`npm audit: ${answer.message ?? stdout}`);
  process.exitCode = 1;
} else {
  for (const [name, { severity, via }] of Object.entries(answer.vulnerabilities)) {
    console.error(`${name}: ${severity}: ${via.map((cause) => cause.title ?? cause).join('; ')}`);
  }
  console.log(`npm audit: ${total} weaknesses in ${answer.metadata.dependencies.prod} packages`);
  process.exitCode = total === 0 ? 0 : 1;
}
