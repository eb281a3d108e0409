import type { LineReset } from './link.ts';

export interface UsbChip {
  readonly name: string;
  readonly lineReset: LineReset;
}

/** USB to UART bridges: on ESP boards their DTR and RTS drive the reset circuit. */
const bridges: Readonly<Record<string, string>> = {
  '10c4': 'Silicon Labs CP210x',
  '1a86': 'WCH CH34x',
  '0403': 'FTDI',
  '067b': 'Prolific PL2303',
};

/** Chips with USB of their own. A pulse on RTS would send a TinyUSB one to its bootloader; the USB-Serial/JTAG is reset by it. */
const natives: Readonly<Record<string, UsbChip>> = {
  '303a:1001': { name: 'ESP32 USB-Serial/JTAG', lineReset: 'esp' },
  '303a': { name: 'ESP32-S2 or -S3 with native USB', lineReset: 'none' },
  '2e8a': { name: 'Raspberry Pi RP2', lineReset: 'none' },
  f055: { name: 'MicroPython board', lineReset: 'none' },
  '239a': { name: 'Adafruit', lineReset: 'none' },
  '2341': { name: 'Arduino', lineReset: 'none' },
  '0d28': { name: 'micro:bit or another DAPLink board', lineReset: 'none' },
  '1366': { name: 'SEGGER J-Link', lineReset: 'none' },
  '0483': { name: 'STM32', lineReset: 'none' },
};

/** What is behind a USB vendor and product number, as far as they tell. */
export function usbChip(vendorId?: string, productId?: string): UsbChip | undefined {
  const vendor = vendorId?.toLowerCase() ?? '';
  const native = natives[`${vendor}:${productId?.toLowerCase() ?? ''}`] ?? natives[vendor];
  if (native) return native;
  const bridge = bridges[vendor];
  return bridge === undefined ? undefined : { name: bridge, lineReset: 'esp' };
}
