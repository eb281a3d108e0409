import { describe, expect, it } from 'vitest';
import { buildFullImage } from './helpers/build-image.ts';
import { connectTo, makeBoard } from './helpers/board.ts';

const espressif = 0x303a;

describe('a chip on its own USB-Serial/JTAG unit', () => {
  const usb = { usbVendorId: espressif, usbProductId: 0x1001, resetBy: 'usb-unit' } as const;

  for (const chip of ['esp32s3', 'esp32c3'] as const) {
    it(`${chip}: is reset as the unit wants it, into the loader and out of it`, async () => {
      const board = makeBoard({ chip, ...usb });
      const flasher = await connectTo(board);
      await flasher.writeFlash([{ data: buildFullImage({ chip: flasher.chip.chip }) }]);
      await flasher.close();
      expect(board.chip.mode).toBe('run');
      expect(board.lines.slice(0, 5)).toEqual(['D0R0', 'D1R0', 'D1R1', 'D0R1', 'D0R0']);
    });

    it(`${chip}: does not lose it to the watchdog that runs after such a reset`, async () => {
      const watchdogMs = 1000;
      const board = makeBoard({ chip, ...usb, watchdogMs });
      const flasher = await connectTo(board);
      await new Promise((resolve) => setTimeout(resolve, 2 * watchdogMs));
      expect(board.chip.mode).toBe('download');
      expect(await flasher.readFlash(0, 4)).toHaveLength(4);
    });
  }
});

describe('a chip on its own USB-OTG, started with BOOT pressed', () => {
  it('is reset by its watchdog, because RTS would lead back into the loader', async () => {
    const board = makeBoard({ chip: 'esp32s3', usbVendorId: espressif, usbProductId: 9 });
    const flasher = await connectTo(board);
    const { boots } = board.chip;
    board.lines.length = 0;
    expect(await flasher.reset()).toBe(true);
    expect([board.chip.mode, board.chip.boots]).toEqual(['run', boots + 1]);
    expect(board.lines).toEqual(['D0R0']);
  });

  it('is reset by its lines where its watchdog does not take the order', async () => {
    const board = makeBoard({ chip: 'esp32s3', usbVendorId: espressif, usbProductId: 9 });
    const flasher = await connectTo(board);
    board.chip.faults.onCommand = () => 'refuse';
    board.lines.length = 0;
    expect(await flasher.reset()).toBe(true);
    await expect.poll(() => board.chip.mode).toBe('run');
    expect(board.lines).toEqual(['D0R1', 'D0R0', 'D0R0']);
  });

  it('is written in the blocks that the ROM takes over USB', async () => {
    const board = makeBoard({ chip: 'esp32s3', usbVendorId: espressif, usbProductId: 9 });
    const flasher = await connectTo(board);
    const sizes: number[] = [];
    board.chip.faults.onCommand = ({ op, data }) => {
      if (op === 0x11) sizes.push(data.length - 16);
      return undefined;
    };
    await flasher.writeFlash([{ data: buildFullImage({ chip: 'ESP32-S3' }) }]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0x800);
  });
});
