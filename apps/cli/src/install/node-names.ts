import { join } from 'node:path';
import { usageError } from '../framework/cli-error.ts';
import type { BaseContext } from '../framework/context.ts';
import { kindOf } from '../framework/local-files.ts';
import { counted } from '../framework/output/units.ts';
import { nodeFile } from '../framework/settings/node-settings.ts';

interface Names {
  readonly names: readonly string[];
  /** Where they were said. */
  readonly from: string;
  /** The name is that of nodesettings.py, and goes to a board as it is. */
  readonly isOfFile: boolean;
}

/**
 * Whether each board of a run gets a name of its own. Two nodes with one name are one client for the broker, which drops each for the other.
 *
 * @throws CliError USAGE where they do not.
 */
export async function checkNodeNames(context: BaseContext): Promise<void> {
  const { ports } = context;
  const { names, from, isOfFile } = await namesOf(context);
  if (!(await hasNodeFile(context))) {
    if (from !== '--node') return;
    throw usageError(`${from} goes into ${nodeFile}, and there is none: make it with "ota init"`);
  }
  const order = `in the order of the ports (${ports.join(', ')})`;
  if (names.length === 1 && ports.length > 1) {
    const name = names.join();
    throw usageError(`${ports.length} boards would all be "${name}": name each with --node, ${order}`);
  }
  if (isOfFile || names.length === 0) return;
  if (names.length !== ports.length) {
    throw usageError(
      `${from} names ${counted(names.length, 'node')} for ${counted(ports.length, 'board')}: name each, ${order}`,
    );
  }
  if (names.includes('') || new Set(names).size < names.length) {
    throw usageError(`${from} gives two boards one name, or one none: name each with --node, ${order}`);
  }
}

/** What the board of a context is to be called; `undefined` where nobody said it. */
export async function nodeNameOf(context: BaseContext): Promise<string | undefined> {
  const { names } = await namesOf(context);
  return names.at(context.ports.indexOf(context.port));
}

async function namesOf({ allSettings }: BaseContext): Promise<Names> {
  const { value, origin } = await allSettings.resolve('node');
  const isOfFile = origin.kind === 'file' && origin.name === nodeFile;
  if (value === undefined) return { names: [], from: '', isOfFile };
  // A name in nodesettings.py may have a comma in it.
  const names = isOfFile ? [value] : value.split(',').map((name) => name.trim());
  return { names, from: origin.name, isOfFile };
}

async function hasNodeFile({ allSettings }: BaseContext): Promise<boolean> {
  const { value = '.' } = await allSettings.resolve('settingsDir');
  return (await kindOf(join(value, nodeFile))) !== 'nothing';
}
