import type { SerialLink } from './serial-link.ts';
import type { UsbKind } from './usb.ts';
import { wait } from './wait.ts';

const holdMs = 100;
/** For a chip on its own USB: as long as the host's driver may take to pass on that a line changed. */
const usbHoldMs = 200;
/** The second is for boards whose capacitor at EN is large. */
const bootMs = [50, 550];

/** How to bring a board into its ROM loader: `none` leaves that to the user. */
export type ResetInto = 'auto' | 'classic' | 'usb' | 'none';

/** A way into the loader, and what the port is if it is the one that works. */
export interface LoaderReset {
  shows: UsbKind;
  run: (signal?: AbortSignal) => Promise<void>;
}

/** @returns the sequences to try in turn. */
export function loaderResets(link: SerialLink, mode: ResetInto): LoaderReset[] {
  const { usbKind } = link;
  const usb: LoaderReset = { shows: 'serial-jtag', run: (signal) => usbReset(link, signal) };
  const classic = bootMs.map((ms): LoaderReset => ({
    shows: usbKind === 'unknown' ? 'adapter' : usbKind,
    run: (signal) => classicReset(link, ms, signal),
  }));
  if (mode === 'none') return [];
  if (mode === 'usb' || (mode === 'auto' && usbKind === 'serial-jtag')) return [usb];
  // The unit takes no notice of the classic sequence; where nothing says which of the two it is, its own comes last.
  return mode === 'auto' && usbKind === 'unknown' ? [...classic, usb] : classic;
}

/** The sequence of the two transistors: EN low, then IO0 low while EN rises. */
async function classicReset(link: SerialLink, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (!(await link.setLines(false, true))) return;
  await wait(holdMs, signal);
  await link.setLines(true, false);
  await wait(ms, signal);
  await link.setLines(false, false);
}

/** The USB-Serial/JTAG unit watches for DTR and RTS to change in this order; both must never be low in between. */
async function usbReset(link: SerialLink, signal: AbortSignal | undefined): Promise<void> {
  if (!(await link.setLines(false, false))) return;
  await wait(holdMs, signal);
  await link.setLines(true, false);
  await wait(holdMs, signal);
  await link.setLines(true, true);
  await link.setLines(false, true);
  await wait(holdMs, signal);
  await link.setLines(false, false);
}

/**
 * Pulses EN with IO0 high, so that the chip starts from flash.
 *
 * esptool-js 0.7.0 never pulls EN low in `after('hard_reset')` and leaves DTR asserted; its lines are never used here.
 * May go when its HardReset sets RTS before it clears it, and ClassicReset records DTR as released.
 *
 * @returns false if the port has no such lines.
 */
export async function hardReset(link: SerialLink, signal?: AbortSignal): Promise<boolean> {
  const isOwnUsb = link.usbKind === 'serial-jtag' || link.usbKind === 'otg';
  if (!(await link.setLines(false, true))) return false;
  await wait(isOwnUsb ? usbHoldMs : holdMs, signal);
  const isDone = await link.setLines(false, false);
  if (isOwnUsb) await wait(usbHoldMs, signal);
  return isDone;
}
