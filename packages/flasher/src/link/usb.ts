import type { ChipName } from '../chips.ts';
import type { FlashPort } from '../port/flash-port.ts';

/** Espressif's USB vendor id, and the product id of the USB-Serial/JTAG unit inside the chips. */
const espressif = 0x303a;
const serialJtag = 0x1001;

/**
 * What of a chip's own USB the port is; `adapter` is a UART behind a chip of another maker. Unknown is what has no USB
 * ids: a socket, a port that the system says nothing of.
 */
export type UsbKind = 'adapter' | 'serial-jtag' | 'otg' | 'unknown';

/** USB-OTG, spoken by the ROM, has the image id of its chip for a product id. */
const otgProducts: Partial<Record<number, ChipName>> = { 2: 'ESP32-S2', 9: 'ESP32-S3', 18: 'ESP32-P4' };

export function usbKindOf(port: FlashPort): UsbKind {
  const { usbVendorId, usbProductId } = port.getInfo();
  if (usbVendorId === undefined || usbProductId === undefined) return 'unknown';
  if (usbVendorId !== espressif) return 'adapter';
  if (usbProductId === serialJtag) return 'serial-jtag';
  return otgProducts[usbProductId] === undefined ? 'adapter' : 'otg';
}
