import { createHash } from 'node:crypto';
import { EspRomLoader, servePty } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { ESPLoader, Transport } from 'esptool-js';
import { expect, it, onTestFinished } from 'vitest';
import { serialPort } from '../src/port/node-serial-port.ts';
import { contents } from './helpers/build-image.ts';

const chips = [
  { chip: 'esp32', name: 'ESP32', id: undefined },
  { chip: 'esp32s3', name: 'ESP32-S3', id: 9 },
  { chip: 'esp32c3', name: 'ESP32-C3', id: 5 },
] as const;

const md5 = (image: Uint8Array) => createHash('md5').update(image).digest('hex');

/** The simulated chip is held to a second host that is not ours; the first, Python's esptool, is in the testbed's own tests. */
describeWithTools(['socat'], 'esptool-js alone on the simulated chip, through a pseudo-terminal', () => {
  for (const { chip, name, id } of chips) {
    it(`${name}: chip id, flash id, MAC, erase, write compressed and not, verify, read`, async () => {
      const mac = Uint8Array.of(0x7c, 0xdf, 0xa1, 1, 2, 3);
      const board = new EspRomLoader({ chip, mac, powerUp: 'download' });
      const pty = await servePty(board);
      const port = serialPort(pty.path);
      const transport = new Transport(port as unknown as ConstructorParameters<typeof Transport>[0]);
      transport.trace = () => undefined;
      onTestFinished(async () => {
        await transport.disconnect();
        await pty.close();
        await board.close();
      });
      const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
      const loader = new ESPLoader({ transport, baudrate: 460_800, terminal });
      const data = contents(40_000);
      const write = (address: number, compress: boolean) =>
        loader.writeFlash({
          fileArray: [{ data, address }],
          ...{ flashMode: 'keep', flashFreq: 'keep', flashSize: 'keep', eraseAll: false, compress },
          calculateMD5Hash: md5,
        });
      const flashed = (address: number) =>
        Buffer.from(board.flash.bytes.subarray(address, address + data.length));

      const description = await loader.main('no_reset');
      const chipId = id === undefined ? undefined : await loader.getChipId();
      const flashId = await loader.readFlashId();
      const readMac = await loader.chip.readMac(loader);
      board.flash.program(0x3000, Uint8Array.of(0));
      await loader.eraseFlash();
      const isErased = board.flash.bytes.every((byte) => byte === 0xff);
      await write(0x1_0000, true);
      await write(0x10_0000, false);
      const digest = await loader.flashMd5sum(0x10_0000, data.length);
      const back = await loader.readFlash(0x1_0000, data.length);

      expect(description).toContain(name);
      expect(chipId).toBe(id);
      expect(flashId >>> 16).toBe(0x16);
      expect(readMac).toBe('7c:df:a1:01:02:03');
      expect(isErased).toBe(true);
      expect(flashed(0x1_0000)).toEqual(data);
      expect(flashed(0x10_0000)).toEqual(data);
      expect(digest).toBe(md5(data));
      expect(Buffer.from(back)).toEqual(data);
    });
  }
});
