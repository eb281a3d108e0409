import type { SerialLink } from './serial-link.ts';
import { usbKindOf } from './usb.ts';
import { wait } from './wait.ts';

const holdMs = 100;
/** For a chip on its own USB: as long as the host's driver may take to pass on that a line changed. */
const usbHoldMs = 200;
/** The second is for boards whose capacitor at EN is large. */
const bootMs = [50, 550];

/** How to bring a board into its ROM loader: `none` leaves that to the user. */
export type ResetInto = 'auto' | 'classic' | 'usb' | 'none';

/** @returns the sequences to try in turn. */
export function loaderResets(link: SerialLink, mode: ResetInto): ((signal?: AbortSignal) => Promise<void>)[] {
  if (mode === 'none') return [];
  const isUsbUnit = usbKindOf(link.port) === 'serial-jtag';
  if (mode === 'usb' || (mode === 'auto' && isUsbUnit)) return [(signal) => usbReset(link, signal)];
  return bootMs.map((ms) => (signal) => classicReset(link, ms, signal));
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
  const isOwnUsb = usbKindOf(link.port) !== 'adapter';
  if (!(await link.setLines(false, true))) return false;
  await wait(isOwnUsb ? usbHoldMs : holdMs, signal);
  const isDone = await link.setLines(false, false);
  if (isOwnUsb) await wait(usbHoldMs, signal);
  return isDone;
}
