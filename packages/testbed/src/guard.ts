import { spawn, type ChildProcess } from 'node:child_process';

/** What must not outlive this process, however that ends: a folder, and a program that works in it. */
export interface Guarded {
  /** Tells the program's process id; `undefined` where it has ended. */
  runs(pid: number | undefined): void;
  /** All is cleaned up already. */
  release(): void;
}

/**
 * Its stdin is a pipe from us: the system closes it when we end, killed or not, on any platform. It then ends the programs and
 * removes the folders that it was told of (`[number, { pid, folder }]` a line) and not told to forget (`[number, null]`).
 */
const script = `
const { rmSync } = require('node:fs');
const kept = new Map();
let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (text + chunk).split('\\n');
  text = lines.pop();
  for (const line of lines) kept.set(...JSON.parse(line));
});
process.stdin.on('end', () => {
  const left = [...kept.values()].filter(Boolean);
  for (const { pid } of left) {
    try {
      if (pid) process.kill(pid, 'SIGKILL');
    } catch {} // it has ended
  }
  for (const { folder } of left) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});`;

let watcher: ChildProcess | undefined;
let last = 0;
const open = new Set<number>();

/** Has a folder removed, and the program in it killed, should this process end without having done it. */
export function guard(folder: string): Guarded {
  const number = ++last;
  open.add(number);
  tell([number, { folder }]);
  return {
    runs: (pid) => {
      tell([number, { folder, pid }]);
    },
    release: () => {
      if (!open.delete(number)) return;
      tell([number, null]);
      if (open.size > 0) return;
      watcher?.stdin?.end();
      watcher = undefined;
    },
  };
}

function tell(message: unknown): void {
  watcher ??= start();
  watcher.stdin?.write(`${JSON.stringify(message)}\n`);
}

function start(): ChildProcess {
  // A group of its own: Ctrl-C at the terminal is for us, and it outlives us by a moment.
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const nothing = (): void => undefined; // without it only a killed process leaves something behind
  child.on('error', nothing);
  child.stdin.on('error', nothing);
  child.unref();
  (child.stdin as unknown as { unref?(): void }).unref?.();
  return child;
}
