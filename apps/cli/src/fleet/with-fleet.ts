import { readFile } from 'node:fs/promises';
import type { Fleet } from '@ota/fleet';
import { usageError } from '../framework/cli-error.ts';
import type { BaseContext } from '../framework/context.ts';
import { waysToGive } from '../framework/settings/settings.ts';

/** The settings and secrets of every command that talks to the broker. */
export const brokerSettings = ['broker', 'brokerUser', 'brokerCa', 'settingsDir'] as const;
export const brokerSecrets = ['brokerPassword'] as const;

/** Where the broker is. @throws CliError USAGE where nobody said it. */
export async function brokerUrl({ allSettings }: BaseContext): Promise<string> {
  const { value } = await allSettings.resolve('broker');
  if (value === undefined) throw usageError(`"broker" is not known: give ${waysToGive('broker')}`);
  return value;
}

/**
 * Does something with the fleet, and lets go of the broker whatever happens.
 *
 * @throws CliError USAGE, FleetError, and what `work` throws; the signal's reason.
 */
export async function withFleet<T>(context: BaseContext, work: (fleet: Fleet) => Promise<T>): Promise<T> {
  const fleet = await connectFleet(context);
  try {
    return await work(fleet);
  } finally {
    await fleet.close();
  }
}

/** For who closes it himself. Says on stderr what on the nodes' topics is none of theirs. */
export async function connectFleet(context: BaseContext): Promise<Fleet> {
  const { allSettings, signal, say } = context;
  const url = await brokerUrl(context);
  const { brokerUser: username, brokerCa } = await allSettings.values(['brokerUser', 'brokerCa']);
  const ca = brokerCa === undefined ? undefined : await readCertificate(brokerCa);
  const password = username === undefined ? undefined : await context.secret('brokerPassword');
  // Loaded only now: help and usage errors must not wait for an MQTT client.
  const { Fleet: Fleets } = await import('@ota/fleet');
  const fleet = await Fleets.connect({
    ...{ url, signal },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca }),
  });
  return fleet.on('problem', ({ message }) => {
    say(message);
  });
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usageError(`cannot read ${path}: name a file that is there and readable for you`, { cause });
  }
}
