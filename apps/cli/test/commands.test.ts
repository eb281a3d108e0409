import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../src/framework/program.ts';
import type { Invocation } from '../src/framework/run-command.ts';
import { registry } from '../src/registry.ts';
import { jsonSchemas } from '../src/schemas/json-schemas.ts';
import { splitLine } from './helpers/command-line.ts';
import { cli } from './helpers/run-cli.ts';

const root = new URL('../', import.meta.url);

/** What the program understands of a command line; nothing is run. */
async function understood(line: string): Promise<Invocation | undefined> {
  const [program, name, ...argv] = splitLine(line);
  expect(program).toBe('ota');
  const entry = registry.find((candidate) => candidate.name === name);
  let seen: Invocation | undefined;
  const options = {
    ...{ version: '0', entries: registry, writeOut: () => undefined },
    command: entry && (await entry.load()).command,
    run: (invocation: Invocation) => {
      seen = invocation;
      return Promise.resolve();
    },
  };
  await buildProgram(options).parseAsync([name ?? '', ...argv], { from: 'user' });
  return seen;
}

describe.each(registry.map((entry) => [entry.name, entry] as const))('ota %s', (name, entry) => {
  it('shows with --help what it does, with examples that it understands', async () => {
    const { command } = await entry.load();
    expect([command.name, command.about]).toEqual([name, entry.about]);
    const { code, stdout, stderr } = await cli([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Examples:');
    expect(command.examples.length).toBeGreaterThan(0);
    for (const [line] of command.examples) {
      expect(stdout).toContain(`  ${line}\n`);
      expect((await understood(line))?.command.name, line).toBe(name);
    }
  });

  it('refuses an option and an operand it does not know, with 2, on a terminal and on a pipe', async () => {
    const { command } = await entry.load();
    const specs = Object.values(command.args ?? {});
    const operands = specs.some(({ isList }) => isList) ? [] : specs.map(() => 'x');
    for (const isTerminal of [false, true]) {
      const unknown = await cli([name, '--no-such-option'], { isTerminal });
      expect(unknown).toMatchObject({ code: 2, stdout: '' });
      expect(unknown.stderr).toMatch(/unknown option '--no-such-option'.*--help" shows how it goes/);
      if (specs.some(({ isList }) => isList)) continue;
      const many = await cli([name, ...operands, 'one-too-many'], { isTerminal });
      expect(many).toMatchObject({ code: 2, stdout: '' });
      expect(many.stderr).toContain('too many arguments');
    }
  });

  it('says which operand is missing', async () => {
    const { command } = await entry.load();
    const needed = Object.values(command.args ?? {}).some(({ isOptional }) => !isOptional);
    if (!needed) return;
    const { code, stderr } = await cli([name]);
    expect(code).toBe(2);
    expect(stderr).toContain('missing required argument');
  });

  it('is in the README with its first example', async () => {
    const { command } = await entry.load();
    const readme = await readFile(new URL('README.md', root), 'utf8');
    expect(readme).toContain(command.examples[0]?.[0]);
  });
});

describe('the README', () => {
  it('shows only command lines that the program understands', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    const lines = blocks.flatMap((block) => block.match(/^ota .*$/gm) ?? []);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(await understood(line), line).toBeDefined();
  });
});

describe('the published JSON schemas', () => {
  it('are those of the commands and settings (nx run cli:schemas writes them)', async () => {
    for (const [name, schema] of Object.entries(await jsonSchemas())) {
      const published = await readFile(new URL(name, root), 'utf8').catch(() => 'null');
      expect(JSON.parse(published), name).toEqual(JSON.parse(JSON.stringify(schema)));
    }
  });
});
