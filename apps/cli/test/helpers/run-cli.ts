import { PassThrough } from 'node:stream';
import type { SerialPortInfo } from '@ota/device-fs';
import { main, type Input, type Output } from '../../src/main.ts';

export interface CliOptions {
  /** Nothing of this process's environment gets in. */
  env?: Record<string, string>;
  /** @default a directory without any file of ours */
  cwd?: string;
  /** Whether a person sits at a terminal. @default false */
  isTerminal?: boolean;
  signal?: AbortSignal;
  ports?: SerialPortInfo[];
  /** What is typed, line by line: each when the text before it has been shown. */
  types?: readonly (readonly [after: string, keys: string])[];
  /** Gets what is written, as it comes. */
  onWrite?: (all: { stdout: string; stderr: string }) => void;
  /** Gets what is written to both as a terminal does: in its order. */
  onText?: (text: string) => void;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { isTerminal = false, cwd = '/', env = {}, types = [], ports } = options;
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const all = (): { stdout: string; stderr: string } => ({
    stdout: Buffer.concat(written.stdout).toString('utf8'),
    stderr: Buffer.concat(written.stderr).toString('utf8'),
  });
  const stdin: Input = Object.assign(new PassThrough(), { isTTY: isTerminal, setRawMode: () => undefined });
  const left = [...types];
  let typedAt = 0;
  const onWrite = (): void => {
    options.onWrite?.(all());
    const next = left[0];
    const text = all().stderr + all().stdout;
    const at = next ? text.indexOf(next[0], typedAt) : -1;
    if (!next || at < 0) return;
    left.shift();
    typedAt = at + next[0].length;
    setImmediate(() => (stdin as unknown as PassThrough).write(next[1]));
  };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTTY: isTerminal,
    columns: 100,
    write: (data) => {
      written[name].push(Buffer.from(data as string));
      options.onText?.(Buffer.from(data as string).toString('utf8'));
      onWrite();
    },
  });
  const code = await main(argv, {
    ...{ stdin, env, cwd, stdout: output('stdout'), stderr: output('stderr') },
    signal: options.signal ?? new AbortController().signal,
    ...(ports && { listPorts: () => Promise.resolve(ports) }),
  });
  return { code, ...all() };
}

/** A port as `listPorts` tells it. */
export function portInfo(path: string, more: Partial<SerialPortInfo> = {}): SerialPortInfo {
  const unknown = { manufacturer: undefined, serialNumber: undefined };
  return { path, vendorId: '10c4', productId: 'ea60', chip: 'CP210x', isLikely: true, ...unknown, ...more };
}
