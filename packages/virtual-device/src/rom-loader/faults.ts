import type { LoaderCommand } from './opcodes.ts';

/**
 * What goes wrong with one command: `lose` it before the chip acts, act and be `mute` about it, `refuse` it, refuse
 * it because its data cannot be decompressed (`deflate-error`), `die` until the next reset, or answer an MD5 that is wrong
 * (`wrong-md5`).
 */
export type RomFault = 'lose' | 'mute' | 'refuse' | 'deflate-error' | 'die' | 'wrong-md5';

/** A command that reached the chip. */
export interface SeenCommand extends LoaderCommand {
  /** How many commands came before this one since power-up. */
  index: number;
  isStub: boolean;
}

/** Faults of a chip; those of a cable are the link model's. */
export interface RomFaults {
  /** The chip never answers SYNC. */
  isDeaf?: boolean;
  /** What the chip says it is, in place of what it is made as. */
  identity?: { magic?: number; chipId?: number };
  /** Sent right after the boot text, before the first SYNC. */
  noise?: Uint8Array;
  /** Above this rate the chip goes silent until the next reset. */
  highestBaud?: number;
  /** Looks at each command before the chip does. */
  onCommand?: (command: SeenCommand) => RomFault | undefined;
}
