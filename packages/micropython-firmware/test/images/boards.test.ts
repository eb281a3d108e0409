import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boards, guessBoard } from '../../src/images/boards.ts';
import { imageManifest } from '../../src/images/manifest.ts';

describe('boards', () => {
  it('are the 45 of MicroPython, each with its chip, offset and variants', () => {
    expect(boards()).toHaveLength(45);
    expect(boards().find(({ id }) => id === 'ESP32_GENERIC')).toMatchObject({
      ...{ mcu: 'esp32', vendor: 'Espressif', flashOffset: 0x1000 },
      features: ['BLE', 'External Flash', 'WiFi'],
    });
    const variants = boards().flatMap(({ variants }) => Object.keys(variants));
    expect(variants).toEqual(expect.arrayContaining(['SPIRAM', 'OTA', 'UNICORE', 'D2WD', 'SPIRAM_OCT']));
  });

  it('start where their chip does, also where their definition says otherwise', () => {
    const offsets = Object.fromEntries(boards().map(({ mcu, flashOffset }) => [mcu, flashOffset]));
    expect(offsets).toEqual({
      ...{ esp32: 0x1000, esp32s2: 0x1000, esp32s3: 0, esp32c2: 0, esp32c3: 0 },
      ...{ esp32c5: 0x2000, esp32c6: 0, esp32h2: 0, esp32p4: 0x2000 },
    });
    expect(boards().find(({ id }) => id === 'SEEED_XIAO_ESP32C5')?.flashOffset).toBe(0x2000);
  });
});

it('the README lists the boards of which no image is known', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, listed = ''] = /No image is known of ([^.]*)\./.exec(readme) ?? [];
  const known = imageManifest.releases.flatMap(({ builds }) => builds);
  const unknown = boards().filter(({ id }) => !known.includes(id));
  expect([...listed.matchAll(/`([A-Z0-9_]+)`/g)].map(([, id]) => id)).toEqual(unknown.map(({ id }) => id));
});

describe('guessBoard', () => {
  const cases = [
    {
      chip: { chip: 'ESP32', features: ['Wi-Fi', 'BT', 'Dual Core'] },
      id: 'ESP32_GENERIC',
      variant: undefined,
    },
    { chip: { chip: 'ESP32', features: ['Single Core'] }, id: 'ESP32_GENERIC', variant: 'UNICORE' },
    { chip: { chip: 'ESP32', features: ['Embedded PSRAM'] }, id: 'ESP32_GENERIC', variant: 'SPIRAM' },
    {
      chip: { chip: 'ESP32', features: ['Embedded Flash'], flashSize: 0x20_0000 },
      id: 'ESP32_GENERIC',
      variant: 'D2WD',
    },
    {
      chip: { chip: 'ESP32-S3', features: ['Embedded PSRAM 8MB (AP_3v3)'] },
      id: 'ESP32_GENERIC_S3',
      variant: 'SPIRAM_OCT',
    },
    {
      chip: { chip: 'ESP32-S3', features: ['Embedded PSRAM 2MB (AP_3v3)'] },
      id: 'ESP32_GENERIC_S3',
      variant: undefined,
    },
    { chip: { chip: 'ESP32-C3' }, id: 'ESP32_GENERIC_C3', variant: undefined },
    { chip: { chip: 'ESP32-P4', revision: 101 }, id: 'ESP32_GENERIC_P4', variant: 'PRE_REV3' },
  ];
  for (const { chip, id, variant } of cases) {
    it(`takes ${JSON.stringify(chip)} for ${id} ${variant ?? ''}`, () => {
      expect(guessBoard(chip)).toMatchObject({ board: { id }, variant });
    });
  }

  it('knows no board for a chip without a build', () => {
    expect(guessBoard({ chip: 'ESP32-C61' })).toBeUndefined();
  });
});
