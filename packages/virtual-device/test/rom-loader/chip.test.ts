import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sampleFirmware } from '../../src/board/sample-firmware.ts';
import { EspRomLoader, type EspRomLoaderOptions } from '../../src/rom-loader/esp-rom-loader.ts';
import { NorFlash } from '../../src/rom-loader/nor-flash.ts';
import { slipEncode, SlipDecoder } from '../../src/rom-loader/slip.ts';
import { FakePort } from '../console/fake-port.ts';

function powerUp(options: EspRomLoaderOptions = {}) {
  const chip = new EspRomLoader({ powerUp: 'download', ...options });
  onTestFinished(() => chip.close());
  const answers: Buffer[] = [];
  let text = '';
  const decoder = new SlipDecoder();
  chip.onOutput((bytes) => {
    text += Buffer.from(bytes).toString('latin1');
    answers.push(...decoder.push(bytes).map((packet) => Buffer.from(packet)));
  });
  /** Sends a command; the packets that came back. */
  const ask = (op: number, ...words: number[]) => {
    answers.length = 0;
    const packet = Buffer.alloc(8 + words.length * 4);
    packet[1] = op;
    packet.writeUInt16LE(words.length * 4, 2);
    for (const [index, word] of words.entries()) packet.writeUInt32LE(word, 8 + index * 4);
    chip.receive(slipEncode(packet));
    return [...answers];
  };
  return { chip, ask, text: () => text };
}

/** The same firmware with another size in its bootloader's header, and the bootloader's SHA-256 made anew. */
function withSizeByte(firmware: Uint8Array, sizeByte: number): Buffer {
  const file = Buffer.from(firmware);
  const data = 24 + 8 + file.readUInt32LE(28);
  const end = data + 16 - (data % 16);
  file[3] = sizeByte;
  createHash('sha256').update(file.subarray(0, end)).digest().copy(file, end);
  return file;
}

describe('the mask ROM', () => {
  it('answers SYNC eight times', () => {
    expect(powerUp().ask(0x08)).toHaveLength(8);
  });

  it('names the command before when it does not know one, with status 1 and reason 5', () => {
    const { ask } = powerUp();
    ask(0x0a, 0x4000_1000);
    const [answer] = ask(0x14);
    expect([answer?.[1], answer?.[8], answer?.[9]]).toEqual([0x0a, 1, 5]);
  });

  it('writes an MD5 out in hexadecimal', () => {
    const [answer] = powerUp().ask(0x13, 0, 0, 0, 0);
    expect(answer?.subarray(8, 40).toString()).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });

  it("refuses a stub's blocks", () => {
    const [answer] = powerUp().ask(0x02, 0x4000, 1, 0x4000, 0);
    expect([answer?.[1], answer?.[8], answer?.[9]]).toEqual([0x02, 1, 5]);
  });
});

describe('a NOR flash', () => {
  it('turns ones into zeros only, until a whole sector is erased', () => {
    const flash = new NorFlash(0x10_0000);
    flash.program(0x1000, Uint8Array.of(0xf0));
    flash.program(0x1000, Uint8Array.of(0x3c));
    expect(flash.bytes[0x1000]).toBe(0x30);
    flash.erase(0x1fff, 1);
    expect([flash.bytes[0x1000], flash.erasedSectors]).toEqual([0xff, 1]);
  });

  it('comes in sizes that exist', () => {
    expect(() => new NorFlash(3_000_000)).toThrow(expect.objectContaining({ code: 'ROM_LOADER_FLASH_SIZE' }));
  });
});

describe('a reset', () => {
  it('with IO0 low leads to the loader, with IO0 high to the flash', async () => {
    const { chip, text } = powerUp({ powerUp: 'run' });
    chip.setLines({ dtr: false, rts: true });
    expect(chip.mode).toBe('held');
    chip.setLines({ dtr: true, rts: false });
    await expect.poll(() => chip.mode).toBe('download');
    chip.setLines({ dtr: false, rts: true });
    chip.setLines({ dtr: false, rts: false });
    await expect.poll(() => chip.mode).toBe('run');
    expect(text()).toMatch(
      /DOWNLOAD_BOOT[\s\S]*waiting for download[\s\S]*SPI_FAST_FLASH_BOOT[\s\S]*invalid header/,
    );
  });

  it('leads to the loader also when a host moves one line at a time', async () => {
    const { chip } = powerUp({ powerUp: 'run' });
    chip.setLines({ rts: true });
    chip.setLines({ dtr: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(chip.mode).toBe('held');
    chip.setLines({ rts: false });
    await expect.poll(() => chip.mode).toBe('download');
  });

  it('with both lines asserted is none in the end, as when a terminal opens the port', async () => {
    const { chip } = powerUp({ powerUp: 'run' });
    chip.setLines({ rts: true });
    chip.setLines({ dtr: true });
    await expect.poll(() => chip.mode).toBe('run');
  });

  it('by the buttons does the same', () => {
    const { chip } = powerUp({ powerUp: 'run' });
    chip.pressReset({ boot: true });
    expect(chip.mode).toBe('download');
    chip.pressReset();
    expect(chip.mode).toBe('run');
  });

  it.each([
    ['expects more than there is', 0x2f, /spi_flash: Detected size\(2048k\) smaller than .*\(4096k\)/],
    ['has a table for more', 0x1f, /partition 3 invalid - offset 0x200000 size 0x200000 exceeds .* 0x200000/],
  ])('starts nothing from a flash of 2 MiB where the firmware %s', (_, sizeByte, words) => {
    let starts = 0;
    const start = () => {
      starts += 1;
      return { console: new FakePort(), stop: () => undefined };
    };
    const { chip, text } = powerUp({ flashSize: 0x20_0000, powerUp: 'run', start });
    chip.flash.program(0x1000, withSizeByte(sampleFirmware(), sizeByte));
    chip.pressReset();
    expect(text()).toMatch(words);
    expect(starts).toBe(0);
  });

  it('starts what the flash holds, which then has the console until the next reset', async () => {
    const port = new FakePort();
    let isStopped = false;
    const start = () => ({
      console: port,
      stop: () => {
        isStopped = true;
      },
    });
    const { chip, text } = powerUp({ start });
    chip.flash.program(0x1000, sampleFirmware());
    chip.setLines({ dtr: false, rts: true });
    chip.setLines({ dtr: false, rts: false });
    await expect.poll(() => chip.mode).toBe('run');
    port.send(Buffer.from('>>> '));
    chip.receive(Buffer.from('1 + 1\r'));
    expect(text()).toMatch(/>>> $/);
    expect(Buffer.from(port.received).toString()).toBe('1 + 1\r');
    chip.setLines({ dtr: false, rts: true });
    expect(isStopped).toBe(true);
  });
});
