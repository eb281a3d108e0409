import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { usbIdsOf } from '../src/port/open-port.ts';
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

describe('a port that nothing is known of', () => {
  const isUnit = { resetBy: 'usb-unit', watchdogMs: 1000 } as const;

  for (const chip of ['esp32s3', 'esp32c3'] as const) {
    it(`${chip}: is found on its USB-Serial/JTAG unit all the same, and kept from its watchdog`, async () => {
      const board = makeBoard({ chip, ...isUnit });
      const flasher = await connectTo(board);
      await new Promise((resolve) => setTimeout(resolve, 2 * isUnit.watchdogMs));
      expect(board.chip.mode).toBe('download');
      await flasher.writeFlash([{ data: buildFullImage({ chip: flasher.chip.chip }) }]);
      await flasher.close();
      expect(board.chip.mode).toBe('run');
    });
  }

  it('is taken for an adapter once the transistors have led into the loader', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    board.chip.powerOff();
    board.chip.powerOn();
    board.lines.length = 0;
    await flasher.readFlash(0, 4);
    expect(board.lines.slice(0, 3)).toEqual(['D0R1', 'D1R0', 'D0R0']);
    expect(board.lines).not.toContain('D1R1');
  });
});

describe('usbIdsOf', () => {
  const ids = { usbVendorId: espressif, usbProductId: 0x1001 };
  const port = (path: string) => ({ path, serialNumber: undefined, score: 5, ...ids });

  it('knows a port by a link to it', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ota-usb-')));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const [device, byId] = [join(folder, 'ttyACM0'), join(folder, 'usb-Espressif_USB_JTAG-if00')];
    writeFileSync(device, '');
    symlinkSync(device, byId);
    expect(await usbIdsOf(byId, [port(join(folder, 'ttyACM1')), port(device)])).toEqual(ids);
    expect(await usbIdsOf(join(folder, 'other'), [port(device)])).toEqual({});
  });

  it.each([
    ['/dev/cu.usbmodem101', '/dev/tty.usbmodem101'],
    ['/dev/tty.usbmodem101', '/dev/tty.usbmodem101'],
    ['com5', 'COM5'],
    [String.raw`\\.\COM5`, 'COM5'],
  ])('knows %s by %s', async (name, listed) => {
    expect(await usbIdsOf(name, [port('/dev/tty.other'), port(listed)])).toEqual(ids);
  });
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
