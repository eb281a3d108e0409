import { EspRomLoader } from '@ota/testbed';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectPort } from '../src/flasher.ts';
import { buildFullImage, contents } from './helpers/build-image.ts';
import { patience } from './helpers/board.ts';
import { thrownBy } from './helpers/thrown.ts';
import { WebSerialPort } from './helpers/web-serial.ts';

function makePort(): { chip: EspRomLoader; port: WebSerialPort } {
  const chip = new EspRomLoader();
  const port = new WebSerialPort(chip);
  onTestFinished(async () => {
    port.unplug();
    await chip.close();
  });
  return { chip, port };
}

/** A promise that settles when it is told to. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("a browser's port", () => {
  it('is closed and opened again to change its rate, and free in the end', async () => {
    const { chip, port } = makePort();
    const image = buildFullImage();
    const flasher = await connectPort(port, patience);
    await flasher.writeFlash([{ data: image }]);
    const { baud } = flasher;
    await flasher.close();
    expect({ baud, rates: port.rates, isOpen: port.isOpen }).toEqual({
      baud: 460_800,
      rates: [115_200, 460_800],
      isOpen: false,
    });
    expect(Buffer.from(chip.flash.bytes.subarray(0x1000, 0x1000 + image.length))).toEqual(image);
    await expect.poll(() => chip.mode).toBe('run');
  });

  it('goes down to a rate that works by opening it again', async () => {
    const { chip, port } = makePort();
    chip.faults.highestBaud = 115_200;
    const flasher = await connectPort(port, patience);
    expect(await flasher.readFlash(0, 4)).toHaveLength(4);
    expect(port.rates).toEqual([115_200, 460_800, 115_200]);
    await flasher.close();
  });

  it('that does not open again ends the connection', async () => {
    const { port } = makePort();
    port.onOpen = (count) => {
      if (count === 1) throw new DOMException('Failed to open serial port.', 'NetworkError');
    };
    expect(await thrownBy(connectPort(port, patience))).toMatchObject({ code: 'PORT_FAILED' });
    expect(port.isOpen).toBe(false);
  });

  it.each([
    ['InvalidStateError', 'PORT_BUSY'],
    ['NetworkError', 'PORT_FAILED'],
  ])('whose opening fails with %s is %s', async (name, code) => {
    const { port } = makePort();
    port.onOpen = () => {
      throw new DOMException('No.', name);
    };
    const error = await thrownBy(connectPort(port, patience));
    expect(error).toMatchObject({ code, cause: expect.objectContaining({ name }) as unknown });
  });

  it.each(['FramingError', 'BreakError', 'BufferOverrunError', 'ParityError'])(
    'is read on after a %s',
    async (name) => {
      const { chip, port } = makePort();
      const data = contents(40_000);
      chip.flash.program(0x1_0000, data);
      const flasher = await connectPort(port, patience);
      let errors = 0;
      let start: number | undefined = undefined;
      port.onData = (total) => {
        start ??= total;
        if (total - start < 10_000 * (errors + 1) || errors === 2) return;
        errors += 1;
        port.break(name);
      };
      const read = await flasher.readFlash(0x1_0000, data.length);
      expect(errors).toBe(2);
      expect(Buffer.from(read)).toEqual(data);
      await flasher.close();
      expect(port.isOpen).toBe(false);
    },
  );

  it('that has nothing but errors is lost', async () => {
    const { port } = makePort();
    const flasher = await connectPort(port, patience);
    const reading = thrownBy(flasher.readFlash(0, 100_000));
    const breaking = setInterval(() => {
      port.break('FramingError');
    }, 1);
    onTestFinished(() => {
      clearInterval(breaking);
    });
    port.onData = () => {
      port.break('FramingError');
    };
    expect(await reading).toMatchObject({ code: 'PORT_LOST' });
  });

  it('that is pulled out is lost', async () => {
    const { port } = makePort();
    const flasher = await connectPort(port, patience);
    const reading = thrownBy(flasher.readFlash(0, 100_000));
    port.unplug();
    expect(await reading).toMatchObject({ code: 'PORT_LOST' });
  });
});

describe('an opening that hangs', () => {
  it('ends with the reason of the signal, and what opens late is closed', async () => {
    const { port } = makePort();
    const { opened, open } = gate();
    port.onOpen = () => opened;
    const controller = new AbortController();
    const connecting = connectPort(port, { ...patience, signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    open();
    await expect.poll(() => [port.rates.length, port.isOpen]).toEqual([1, false]);
  });

  it('ends by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { port } = makePort();
    const { opened, open } = gate();
    port.onOpen = () => opened;
    const connecting = thrownBy(connectPort(port, patience));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await connecting).toMatchObject({ code: 'PORT_FAILED' });
    open();
    await vi.advanceTimersByTimeAsync(1);
    expect([port.rates.length, port.isOpen]).toEqual([1, false]);
  });
});

describe('a signal that was aborted before', () => {
  const signal = AbortSignal.abort(new Error('enough'));

  it('opens no port', async () => {
    const { port } = makePort();
    await expect(connectPort(port, { ...patience, signal })).rejects.toThrow('enough');
    expect(port.rates).toEqual([]);
  });

  it('leaves no port open', async () => {
    for (const call of ['readFlash', 'eraseRegion'] as const) {
      const { port } = makePort();
      const flasher = await connectPort(port, patience);
      await expect(flasher[call](0, 0x1000, { signal })).rejects.toThrow('enough');
      expect(port.isOpen).toBe(false);
      await flasher.close();
    }
  });

  it('ends a reset and a closing too', async () => {
    for (const call of ['reset', 'close'] as const) {
      const { chip, port } = makePort();
      const flasher = await connectPort(port, patience);
      await expect(flasher[call]({ signal })).rejects.toThrow('enough');
      expect([port.isOpen, chip.lines]).toEqual([false, { dtr: false, rts: false }]);
    }
  });
});
