import { EspRomLoader, serveRfc2217 } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../src/connect.ts';
import { TelnetDecoder, telnet } from '../src/port/telnet.ts';
import { buildFullImage } from './helpers/build-image.ts';

describe('a board behind a terminal server', () => {
  it('is reset into its loader, flashed at a high rate, and started', async () => {
    const chip = new EspRomLoader({ chip: 'esp32s3' });
    const server = await serveRfc2217(chip);
    onTestFinished(async () => {
      await server.close();
      await chip.close();
    });
    const image = buildFullImage({ chip: 'ESP32-S3', applicationSize: 20_000 });

    const flasher = await connect(`rfc2217://127.0.0.1:${server.port}`);
    await flasher.writeFlash([{ data: image }]);
    const { baud } = flasher;
    const hasReset = await flasher.reset();

    expect({ baud, hasReset }).toEqual({ baud: 460_800, hasReset: true });
    expect(Buffer.from(chip.flash.bytes.subarray(0, image.length))).toEqual(image);
    await expect.poll(() => chip.mode).toBe('run');
    await expect.poll(() => chip.lines).toEqual({ dtr: false, rts: false });
  });
});

describe('TelnetDecoder', () => {
  it('takes a stream apart however it is cut', () => {
    const data = Buffer.from([1, 255, 2, 255, 255, 3]);
    const value = Buffer.of(0, 7, 255, 240);
    const whole = Buffer.concat([
      telnet.escape(data),
      Buffer.of(255, telnet.do, 44),
      telnet.command(44, 101, value),
      Buffer.from('end'),
    ]);
    for (let size = 1; size <= whole.length; size += 1) {
      const seen: unknown[] = [];
      const received: Buffer[] = [];
      const decoder = new TelnetDecoder({
        onData: (bytes) => received.push(bytes),
        onOption: (verb, option) => seen.push([verb, option]),
        onCommand: (option, command, bytes) => seen.push([option, command, ...bytes]),
      });
      for (let at = 0; at < whole.length; at += size) decoder.push(whole.subarray(at, at + size));
      expect(Buffer.concat(received)).toEqual(Buffer.concat([data, Buffer.from('end')]));
      expect(seen).toEqual([
        [telnet.do, 44],
        [44, 101, 0, 7, 255, 240],
      ]);
    }
  });
});
