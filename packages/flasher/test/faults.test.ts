import { getEventListeners } from 'node:events';
import type { RomFault, SeenCommand } from '@ota/testbed';
import { describe, expect, it } from 'vitest';
import { connectPort } from '../src/flasher.ts';
import { contents } from './helpers/build-image.ts';
import { connectTo, makeBoard, patience, type Board } from './helpers/board.ts';
import { thrownBy } from './helpers/thrown.ts';

const image = { data: contents(100_000), offset: 0x1_0000, type: 'data' as const };
const startStub = 0x06;
const deflateData = 0x11;
const eraseRegion = 0xd1;
const md5 = 0x13;

/** Makes one fault of the command that comes as number `which` of its kind, counted from now. */
function faultOnce(board: Board, op: number, which: number, fault: RomFault): void {
  let seen = 0;
  board.chip.faults.onCommand = (command: SeenCommand) =>
    command.op === op && ++seen === which ? fault : undefined;
}

function holdsImage(board: Board): boolean {
  return image.data.equals(board.chip.flash.bytes.subarray(image.offset, image.offset + image.data.length));
}

describe('a chip that cannot be reached', () => {
  it('that never answers: what to do with the buttons', async () => {
    const board = makeBoard({ hasLines: false, faults: { isDeaf: true } });
    const failure = await thrownBy(connectTo(board, { attempts: 2 }));
    expect(failure).toMatchObject({ code: 'NO_SYNC', remedy: expect.stringContaining('BOOT') as string });
    expect(board.openPorts()).toBe(0);
  });

  it('that waits for a download yet hears nothing: the wire to its RX', async () => {
    const board = makeBoard({ faults: { isDeaf: true } });
    const failure = await thrownBy(connectTo(board, { attempts: 2 }));
    expect(failure).toMatchObject({
      code: 'NO_WAY_TO_CHIP',
      message: expect.stringContaining('DOWNLOAD_BOOT') as string,
    });
    expect(board.openPorts()).toBe(0);
  });

  it('that started its application instead: what the ROM said', async () => {
    const board = makeBoard({ hasLines: true });
    // A board without the transistor at IO0: every reset starts what the flash holds.
    const setLines = board.chip.setLines.bind(board.chip);
    board.chip.setLines = ({ rts = false }) => {
      setLines({ dtr: false, rts });
    };
    const failure = await thrownBy(connectTo(board, { attempts: 2 }));
    expect(failure).toMatchObject({
      code: 'WRONG_BOOT_MODE',
      message: expect.stringContaining('SPI_FAST_FLASH_BOOT') as string,
    });
  });

  it('that babbles before it listens is reached all the same', async () => {
    const noise = Buffer.from('\u00c0garbage\u00db\u00c0\u00c0 and ets Jul', 'latin1');
    const flasher = await connectTo(makeBoard({ faults: { noise } }));
    expect(flasher.chip.chip).toBe('ESP32');
  });
});

describe('a chip that this package does not know', () => {
  const strangers = [
    { name: 'by its magic value', options: { faults: { identity: { magic: 0x1234_5678 } } } },
    { name: 'by its id', options: { chip: 'esp32c3', faults: { identity: { chipId: 999 } } } },
    {
      name: 'although esptool-js does: an ESP8266',
      options: { faults: { identity: { magic: 0xfff0_c101 } } },
    },
  ] as const;
  for (const { name, options } of strangers) {
    it(`${name} is refused, and the port is free`, async () => {
      const board = makeBoard(options);
      const failure = await thrownBy(connectTo(board));
      expect(failure).toMatchObject({
        code: 'NOT_AN_ESP',
        remedy: expect.stringContaining('newer version') as string,
      });
      expect(board.openPorts()).toBe(0);
    });
  }
});

describe('a stub that does not start', () => {
  for (const fault of ['refuse', 'mute', 'die'] as const) {
    it(`because the chip did ${fault} says so, and that it goes without`, async () => {
      const onCommand = ({ op }: SeenCommand) => (op === startStub ? fault : undefined);
      const board = makeBoard({ faults: { onCommand } });
      const failure = await thrownBy(connectTo(board, { attempts: 2 }));
      expect(failure).toMatchObject({
        code: 'STUB_FAILED',
        remedy: expect.stringContaining('stub: false') as string,
      });
      expect(board.openPorts()).toBe(0);
      const flasher = await connectTo(board, { stub: false });
      expect(flasher.chip.chip).toBe('ESP32');
    });
  }
});

describe('a command that fails each time', () => {
  it('is refused with what it was to do and why', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    board.chip.faults.onCommand = ({ op }) => (op === eraseRegion ? 'refuse' : undefined);
    const failure = await thrownBy(flasher.eraseRegion(0x1000, 0x1000));
    expect(failure).toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringMatching(/erase 4096 bytes at 0x1000: it failed to act/) as string,
    });
    await flasher.close();
    await expect.poll(() => board.chip.mode).toBe('run');
  });

  it('is unanswered with what it was to do', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    board.chip.faults.onCommand = ({ op }) => (op === eraseRegion ? 'mute' : undefined);
    const failure = await thrownBy(flasher.eraseRegion(0x1000, 0x1000));
    expect(failure).toMatchObject({
      code: 'COMMAND_UNANSWERED',
      message: expect.stringContaining('erase 4096 bytes at 0x1000') as string,
    });
  });

  it('is not even sent once the flasher is closed', async () => {
    const flasher = await connectTo(makeBoard());
    await flasher.close();
    expect(await thrownBy(flasher.readFlash(0, 4))).toMatchObject({ code: 'PORT_CLOSED' });
  });
});

describe('a write with a fault in it', () => {
  for (const fault of ['lose', 'mute', 'refuse', 'deflate-error'] as const) {
    it(`finds out what is missing after a block that the chip did ${fault}, and writes that alone`, async () => {
      const board = makeBoard();
      const flasher = await connectTo(board);
      faultOnce(board, deflateData, 4, fault);
      const result = await flasher.writeFlash([image]);
      expect(result.retries).toBe(1);
      expect(result.written).toBeLessThan(2 * image.data.length);
      expect(holdsImage(board)).toBe(true);
    });
  }

  it('starts again from a reset where the chip fell silent, at a lower rate, and does not write twice what it wrote', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board, { baud: 921_600 });
    faultOnce(board, deflateData, 4, 'die');
    const result = await flasher.writeFlash([image]);
    expect(result).toMatchObject({ retries: 1, baud: 460_800 });
    expect(result.written).toBeLessThan(2 * image.data.length);
    expect(holdsImage(board)).toBe(true);
  });

  it('goes down with the rate until the chip answers', async () => {
    const board = makeBoard({ faults: { highestBaud: 115_200 } });
    const flasher = await connectTo(board, { baud: 921_600 });
    expect(flasher.baud).toBe(115_200);
    await flasher.writeFlash([image]);
    expect(holdsImage(board)).toBe(true);
  });

  it('is not taken for good while its MD5 differs: where, and what to do', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    board.chip.faults.onCommand = ({ op }) => (op === md5 ? 'wrong-md5' : undefined);
    const failure = await thrownBy(flasher.writeFlash([image], { retries: 1 }));
    expect(failure).toMatchObject({ code: 'VERIFY_FAILED', address: image.offset });
  });

  it('gives up with the reason when it fails each time', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    board.chip.faults.onCommand = ({ op }) => (op === deflateData ? 'refuse' : undefined);
    const failure = await thrownBy(flasher.writeFlash([image], { retries: 2 }));
    expect(failure).toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('it failed to act') as string,
    });
  });
});

describe('a cable that is pulled', () => {
  it('ends what is under way at once, and frees the port', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const started = performance.now();
    const writing = flasher.writeFlash([image], {
      progress: ({ done }) => {
        if (done > 0) board.cable().destroy();
      },
    });
    expect(await thrownBy(writing)).toMatchObject({ code: 'PORT_LOST' });
    expect(performance.now() - started).toBeLessThan(2000);
    expect(board.openPorts()).toBe(0);
    expect(await thrownBy(flasher.readFlash(0, 4))).toMatchObject({ code: 'PORT_LOST' });
  });
});

describe('a caller who has had enough', () => {
  it('gets its own reason, at whatever moment, and the port is free', async () => {
    for (const ms of [0, 1, 60, 130, 180, 250, 320]) {
      // With some time on the way: where everything is there at once, no timer ever gets its turn.
      const board = makeBoard({ link: { latencyMs: 1 } });
      const reason = new Error(`enough after ${ms} ms`);
      const controller = new AbortController();
      const { signal } = controller;
      const timer = setTimeout(() => {
        controller.abort(reason);
      }, ms);
      const work = connectPort(board.port, { ...patience, signal }).then((flasher) => {
        return flasher.writeFlash([{ ...image, data: contents(800_000) }], { signal });
      });
      await expect(work, `after ${ms} ms`).rejects.toBe(reason);
      clearTimeout(timer);
      expect(board.openPorts(), `after ${ms} ms`).toBe(0);
      expect(board.chip.lines).toEqual({ dtr: false, rts: false });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  it('can connect and write again', async () => {
    const board = makeBoard({ link: { latencyMs: 1 } });
    const first = await connectTo(board);
    const signal = AbortSignal.timeout(20);
    const writing = first.writeFlash([{ ...image, data: contents(800_000) }], { signal });
    await expect(writing).rejects.toThrow('aborted due to timeout');
    const second = await connectTo(board);
    await second.writeFlash([image]);
    expect(holdsImage(board)).toBe(true);
  });
});
