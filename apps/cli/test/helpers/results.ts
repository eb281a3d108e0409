import { expect } from 'vitest';
import { registry } from '../../src/registry.ts';
import { outputSchema } from '../../src/schemas/output-schema.ts';
import { cli, type CliOptions, type CliResult } from './run-cli.ts';

/** Runs a command with `--json`; every line of data has to be what its schema says, no more and no less. */
export async function json(
  argv: readonly string[],
  options: CliOptions = {},
): Promise<Omit<CliResult, 'stdout'> & { data: unknown[] }> {
  const { stdout, ...rest } = await cli([...argv, '--json'], options);
  const lines = stdout.split('\n').slice(0, -1);
  const entry = registry.find(({ name }) => name === argv[0]);
  if (!entry) throw new Error(`there is no command ${argv[0] ?? ''}`);
  const schema = outputSchema((await entry.load()).command);
  const data = lines.map((line) => {
    const value: unknown = JSON.parse(line);
    expect(schema.parse(value)).toEqual(value);
    return value;
  });
  return { ...rest, data };
}

/** {@link json}, of a command that has to succeed with one object. */
export async function result(argv: readonly string[], options: CliOptions = {}): Promise<unknown> {
  const { code, stderr, data } = await json(argv, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(data).toHaveLength(1);
  return data[0];
}
