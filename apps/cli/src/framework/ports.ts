import { exitCode } from '../exit-code.ts';
import { CliError, usageError } from './cli-error.ts';
import type { Io } from './io.ts';
import type { Settings } from './settings/settings.ts';

/** The boards that a command is about: named ones, all that are plugged in, or the only one. */
export async function choosePorts(
  boards: 'one' | 'many',
  isAll: boolean,
  settings: Settings,
  io: Io,
): Promise<readonly string[]> {
  const { value: named = [], origin } = await settings.resolve('port');
  if (isAll && origin.kind === 'flag')
    throw usageError('--all and --port exclude each other: give one of them');
  if (isAll) return likelyPorts(io);
  if (boards === 'one' && named.length > 1) {
    throw usageError(
      `this works with one board, and ${origin.name} names ${named.length}: name one with --port`,
    );
  }
  if (named.length > 0) return [...new Set(named)];
  const found = await likelyPorts(io);
  if (found.length === 1) return found;
  const hint = boards === 'many' ? 'name one with --port, or take --all' : 'name one with --port';
  throw usageError(`several boards are plugged in (${found.join(', ')}): ${hint}`);
}

async function likelyPorts(io: Io): Promise<readonly string[]> {
  const list = io.listPorts ?? (await import('@ota/device-fs')).listPorts;
  const ports = (await list()).filter(({ isLikely }) => isLikely).map(({ path }) => path);
  if (ports.length > 0) return ports;
  const message =
    'no board was found: plug one in with a cable that carries data, or name its port with --port ("ota ports" lists them)';
  throw new CliError('NO_BOARD', exitCode.device, message);
}
