import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { servePty } from '../../src/console/pty-console.ts';
import { EspRomLoader, type EspRomLoaderOptions } from '../../src/rom-loader/esp-rom-loader.ts';
import type { EspChip } from '../../src/rom-loader/chip-models.ts';
import { opcodes } from '../../src/rom-loader/opcodes.ts';
import { findTool } from '../../src/tools.ts';
import { describeWithTools } from '../../src/vitest.ts';
import { someBytes } from './some-bytes.ts';

const run = promisify(execFile);
const chipNames = { esp32: 'ESP32', esp32s3: 'ESP32-S3', esp32c3: 'ESP32-C3' };
/** What the image header of each calls it; an ESP32's ROM does not say. */
const chipIds = { esp32: undefined, esp32s3: 9, esp32c3: 5 };
const otherChips = {
  ...{ esp32s2: 'ESP32-S2', esp32c2: 'ESP32-C2', esp32c5: 'ESP32-C5', esp32c6: 'ESP32-C6' },
  ...{ esp32c61: 'ESP32-C61', esp32h2: 'ESP32-H2', esp32p4: 'ESP32-P4' },
};

/** A board on a pseudo-terminal: nothing carries DTR and RTS, so the chip is in its loader from the start. */
async function plugIn(options: EspRomLoaderOptions) {
  const chip = new EspRomLoader({ powerUp: 'download', ...options });
  const pty = await servePty(chip);
  const directory = mkdtempSync(join(tmpdir(), 'ota-rom-'));
  onTestFinished(async () => {
    await pty.close();
    await chip.close();
    rmSync(directory, { recursive: true });
  });
  const file = (name: string, bytes?: Uint8Array) => {
    const path = join(directory, name);
    if (bytes !== undefined) writeFileSync(path, bytes);
    return path;
  };
  const connection = ['--port', pty.path, '--before', 'no-reset', '--after', 'no-reset'];
  const esptool = async (...words: string[]) => {
    const { stdout } = await run(findTool('esptool') ?? 'esptool', [...connection, ...words]);
    return stdout;
  };
  return { chip, esptool, file };
}

describeWithTools(['esptool', 'socat'], "EspRomLoader, as Espressif's own esptool sees it", () => {
  for (const name of ['esp32', 'esp32s3', 'esp32c3'] as const) {
    it(
      `is an ${chipNames[name]} with the MAC, revision and flash it was made with`,
      { timeout: 120_000 },
      async () => {
        const mac = Uint8Array.of(0x7c, 0xdf, 0xa1, 0x12, 0x34, 0x56);
        const { esptool } = await plugIn({ chip: name, mac, revision: 101, flashSize: 0x80_0000 });

        const text = await esptool('flash-id');
        const readMac = await esptool('read-mac');
        const chipId = await esptool('chip-id');

        expect(readMac).toMatch(/MAC: *7c:df:a1:12:34:56/);
        // The id that esptool means by it is an ESP8266's; of the others it shows the MAC.
        expect(chipId).toMatch(/MAC: *7c:df:a1:12:34:56/);
        if (chipIds[name] !== undefined) {
          const security = await esptool('--no-stub', 'get-security-info');
          expect(security).toMatch(new RegExp(`^Chip ID: ${chipIds[name]}$`, 'm'));
        }

        expect(text).toContain(`Connected to ${chipNames[name]} on`);
        expect(text).toContain('(revision v1.1)');
        expect(text).toContain('7c:df:a1:12:34:56');
        expect(text).toMatch(/Detected flash size: *8MB/);
      },
    );

    it(
      `takes an ${chipNames[name]}'s image through the stub, confirms it and gives it back`,
      { timeout: 120_000 },
      async () => {
        const { chip, esptool, file } = await plugIn({ chip: name });
        const image = someBytes(70_000);
        const path = file('image.bin', image);

        await esptool('write-flash', '0x10000', path);
        await esptool('verify-flash', '0x10000', path);
        await esptool('write-flash', '--no-compress', '0x100000', path);
        await esptool('read-flash', '0x10000', String(image.length), file('back.bin'));

        await esptool('verify-flash', '0x100000', path);

        expect(chip.commands).toContain(opcodes.readFlash);
        expect(Buffer.from(chip.flash.bytes.subarray(0x10_0000, 0x10_0000 + image.length))).toEqual(image);
        expect(readFileSync(file('back.bin'))).toEqual(image);
      },
    );

    it(
      `takes it without the stub, in the blocks of an ${chipNames[name]}'s ROM`,
      { timeout: 120_000 },
      async () => {
        const { chip, esptool, file } = await plugIn({ chip: name });
        const image = someBytes(9000);
        const path = file('image.bin', image);

        await esptool('--no-stub', 'write-flash', '0x2000', path);
        await esptool('--no-stub', 'write-flash', '--no-compress', '0x8000', path);
        await esptool('--no-stub', 'verify-flash', '0x2000', path);
        await esptool('--no-stub', 'verify-flash', '0x8000', path);
        await esptool('--no-stub', 'read-flash', '0x2000', '256', file('back.bin'));

        expect(chip.commands).not.toContain(opcodes.memBegin);
        expect(Buffer.from(chip.flash.bytes.subarray(0x2000, 0x2000 + image.length))).toEqual(image);
        expect(Buffer.from(chip.flash.bytes.subarray(0x8000, 0x8000 + image.length))).toEqual(image);
        expect(readFileSync(file('back.bin'))).toEqual(image.subarray(0, 256));
      },
    );

    it(`erases a region and all of an ${chipNames[name]}'s flash`, { timeout: 120_000 }, async () => {
      const { chip, esptool, file } = await plugIn({ chip: name });
      await esptool('write-flash', '0x1000', file('image.bin', someBytes(20_000)));

      await esptool('erase-region', '0x2000', '0x1000');
      const isRegionEmpty = chip.flash.bytes.subarray(0x2000, 0x3000).every((byte) => byte === 0xff);
      const isNextEmpty = chip.flash.bytes.subarray(0x3000, 0x4000).every((byte) => byte === 0xff);
      await esptool('erase-flash');

      expect({ isRegionEmpty, isNextEmpty }).toEqual({ isRegionEmpty: true, isNextEmpty: false });
      expect(chip.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
    });

    it(
      `fails an ${chipNames[name]}'s verification where the flash differs, with the stub and without`,
      { timeout: 120_000 },
      async () => {
        const { chip, esptool, file } = await plugIn({ chip: name });
        const path = file('image.bin', someBytes(5000));
        await esptool('write-flash', '0x1000', path);
        chip.flash.program(0x1800, Uint8Array.of(0));

        for (const stub of [[], ['--no-stub']]) {
          const verifying = esptool(...stub, 'verify-flash', '0x1000', path);
          await expect(verifying).rejects.toThrow(/Verification failed|mismatch/i);
        }
      },
    );
  }

  for (const [chip, name] of Object.entries(otherChips)) {
    it(`is an ${name} by its id, revision, MAC and flash`, async () => {
      const mac = Uint8Array.of(0x7c, 0xdf, 0xa1, 0x12, 0x34, 0x56);
      const { esptool } = await plugIn({ chip: chip as EspChip, mac, revision: 101, flashSize: 0x80_0000 });

      const text = await esptool('--no-stub', 'flash-id');

      expect(text).toContain(`Connected to ${name} on`);
      expect(text).toContain('(revision v1.1)');
      expect(text).toMatch(/7c:df:a1:(ff:fe:)?12:34:56/);
      expect(text).toMatch(/Detected flash size: *8MB/);
    });
  }

  it('changes its rate when told', async () => {
    const { esptool } = await plugIn({ chip: 'esp32c3' });
    expect(await esptool('--baud', '460800', 'flash-id')).toContain('Detected flash size');
  });

  it('says what secure boot and flash encryption say', async () => {
    const { esptool } = await plugIn({
      chip: 'esp32s3',
      security: { secureBoot: true, flashEncryption: true },
    });
    const text = await esptool('--no-stub', 'get-security-info');
    expect(text).toMatch(/Secure Boot: *Enabled/i);
    expect(text).toMatch(/Flash Encryption: *Enabled/i);
  });
});
