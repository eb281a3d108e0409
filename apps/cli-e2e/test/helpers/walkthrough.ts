import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a page asks its reader to do: run commands, write a file, change lines of one. */
export type Step =
  | { readonly kind: 'run'; readonly heading: string; readonly commands: string }
  | { readonly kind: 'write'; readonly heading: string; readonly file: string; readonly content: string }
  | {
      readonly kind: 'change';
      readonly heading: string;
      readonly file: string;
      readonly from: string;
      readonly to: string;
    };

const fence = /^```(\w+) (run|file=(\S+))\n([^]*?)^```$/gm;

/** The fenced blocks of a page that are marked `sh run`, `… file=PATH` or `diff file=PATH`, in their order. */
export function stepsOf(page: string): Step[] {
  const headings = [...page.matchAll(/^##+ (.*)$/gm)];
  return [...page.matchAll(fence)].map(({ index, 1: language, 2: mark, 3: file = '', 4: body = '' }) => {
    const heading = headings.findLast((match) => match.index < index)?.[1] ?? '';
    if (mark === 'run') return { kind: 'run', heading, commands: body };
    if (language !== 'diff') return { kind: 'write', heading, file, content: body };
    const lines = (sign: string) =>
      body
        .split('\n')
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(1))
        .join('\n');
    return { kind: 'change', heading, file, from: lines('-'), to: lines('+') };
  });
}

export interface StepResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody who does what a page says, in one shell from beginning to end. */
export class Reader {
  /** What the commands find in their environment: this and nothing else. */
  readonly env: Record<string, string>;
  #folder: string;
  readonly #state: string;

  /** @param home - a folder to be in at first. */
  constructor(home: string, env: Record<string, string>) {
    this.#folder = home;
    this.env = env;
    this.#state = join(home, '.folder');
  }

  /** @throws Error with what was printed, for a command that ends with anything but 0. */
  async do(step: Step, timeoutMs: number): Promise<StepResult> {
    if (step.kind === 'run') return this.#run(step, timeoutMs);
    const path = join(this.#folder, step.file);
    await mkdir(dirname(path), { recursive: true });
    if (step.kind === 'write') await writeFile(path, step.content);
    else {
      const before = await readFile(path, 'utf8');
      if (!before.includes(step.from)) throw new Error(`${step.file} has no lines\n${step.from}`);
      await writeFile(path, before.replace(step.from, step.to));
    }
    return { stdout: '', stderr: '' };
  }

  async #run(step: Step & { kind: 'run' }, timeoutMs: number): Promise<StepResult> {
    // Where `cd` leads counts for the blocks that follow.
    const script = `set -euo pipefail\n${step.commands}\npwd >"$OTA_READER_STATE"\n`;
    const env = { ...this.env, OTA_READER_STATE: this.#state };
    const result = await new Promise<StepResult>((resolve, reject) => {
      const options = { cwd: this.#folder, env, timeout: timeoutMs };
      execFile('bash', ['-c', script], options, (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(new Error(`${step.heading}:\n${step.commands}\n${stdout}\n${stderr}`, { cause: error }));
      });
    });
    this.#folder = (await readFile(this.#state, 'utf8')).trim();
    return result;
  }
}
