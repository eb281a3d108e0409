import type { ChipInfo, Flasher } from '@ota/flasher';
import type { BaseContext } from './context.ts';

/** A chip as commands tell of it. */
export interface ToldChip {
  readonly name: string;
  readonly description: string;
  readonly mac: string | null;
  readonly features: string[];
  readonly flashSize: number | null;
  readonly secureBoot: boolean;
  readonly flashEncryption: boolean;
}

/**
 * Brings the chip at this command's port into its loader, does something with it, and starts what its flash holds, whatever happens.
 *
 * @throws FlasherError and what `work` throws; the signal's reason.
 */
export async function withFlasher<T>(
  context: BaseContext,
  baud: number,
  work: (flasher: Flasher) => Promise<T>,
): Promise<T> {
  const { connect } = await import('@ota/flasher');
  const flasher = await connect(context.port, { baud, signal: context.signal });
  try {
    return await work(flasher);
  } finally {
    await flasher.close();
  }
}

/** What the chip at this command's port is. */
export function askChip(context: BaseContext, baud: number): Promise<ToldChip> {
  return withFlasher(context, baud, (flasher) => Promise.resolve(toldChip(flasher.chip)));
}

export function toldChip({ chip, description, mac, features, flashSize, security }: ChipInfo): ToldChip {
  const { secureBoot, flashEncryption } = security;
  return {
    ...{ name: chip, description, features, secureBoot, flashEncryption },
    mac: mac ?? null,
    flashSize: flashSize ?? null,
  };
}
