import type { Flash } from '../flash/flash.ts';
import type { Wifi } from './wifi.ts';

/** What a node has, and where it is. */
export interface VirtualNodeOptions {
  /** Also decides the node's unique_id and MAC address. */
  readonly name?: string;
  /** A MicroPython version; the README says how to install others than the default. */
  readonly micropython?: string;
  /** Default: `Flash.memory()`, 2 MiB. It outlives the node. */
  readonly flash?: Flash;
  /** Put on the flash before the first boot. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Default: one open network named `site`. */
  readonly wifi?: Wifi;
  /** Addresses by host name, besides what this computer resolves; `hang` is a server that never answers. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** The node's seconds in one of ours; default 1. */
  readonly timeScale?: number;
}

/** Why a boot happened. */
export type ResetReason = 'power-on' | 'hard' | 'watchdog' | 'deep-sleep' | 'soft';

/** What tests see of a node's chip, and change. */
export interface NodeMachine {
  /** In hexadecimal. */
  readonly uniqueId: string;
  /** The pins that a program has used, by number. */
  readonly pins: ReadonlyMap<number, { readonly level: number }>;
  /** Whether pool.ntp.org answers; a test may take the Internet away. */
  timeServer: boolean;
  /** Puts a level on a pin, as a wire does. */
  drive(number: number, level: number): void;
}

/** What a node tells of. */
export interface VirtualNodeEvents {
  /** MicroPython runs, boot.py is next. */
  boot: [reason: ResetReason];
  /** The node was reset, or put itself to sleep, and will boot again. */
  reset: [reason: ResetReason];
  powerOff: [];
  output: [bytes: Uint8Array];
  /** MicroPython itself died: a fault of this package. */
  crash: [error: Error];
}
