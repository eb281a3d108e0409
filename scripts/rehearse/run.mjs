// Child processes of the rehearsal.
import { spawn } from 'node:child_process';

/**
 * Runs a program and resolves with what it printed. Where it ends with anything but 0, or not in time, the error holds the
 * command and the end of its output.
 */
export function run(file, words, { cwd, env, timeoutMs = 900_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (all += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else {
        const end = all.trimEnd().split('\n').slice(-60).join('\n');
        reject(new Error(`${[file, ...words].join(' ')}: ended with ${signal ?? code} in ${cwd}\n${end}`));
      }
    });
  });
}
