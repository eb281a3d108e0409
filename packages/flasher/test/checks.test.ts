import { describe, expect, it } from 'vitest';
import { withFlashParameters } from '../src/image/flash-parameters.ts';
import type { ChipInfo } from '../src/loader/chip-info.ts';
import { planWrite, type CheckName, type ImageToWrite, type PlanOptions } from '../src/write/checks.ts';
import { buildExecutable, buildFullImage, contents } from './helpers/build-image.ts';
import { connectTo, makeBoard } from './helpers/board.ts';
import { thrownBy } from './helpers/thrown.ts';

const esp32: ChipInfo = {
  chip: 'ESP32',
  description: 'ESP32-D0WD-V3 (revision 3)',
  revision: 300,
  features: [],
  mac: '24:0a:c4:00:00:01',
  flashId: 0x16_40ef,
  flashSize: 0x40_0000,
  security: { secureBoot: false, flashEncryption: false, secureDownload: false },
};

const damaged = () => {
  const image = buildFullImage();
  image[5000] = 1;
  image[200] = (image[200] ?? 0) ^ 1;
  return image;
};

const refusals: {
  name: string;
  check: CheckName;
  code: string;
  image: () => ImageToWrite;
  chip?: ChipInfo;
  options?: PlanOptions;
}[] = [
  { name: 'a damaged image', check: 'image', code: 'IMAGE_DAMAGED', image: () => ({ data: damaged() }) },
  {
    name: 'an image for another chip',
    check: 'chip',
    code: 'WRONG_CHIP',
    image: () => ({ data: buildFullImage({ chip: 'ESP32-S2' }) }),
  },
  {
    name: 'an image for newer chips',
    check: 'revision',
    code: 'WRONG_REVISION',
    image: () => ({ data: buildFullImage({ minRevision: 301 }) }),
  },
  {
    name: 'an image for older chips',
    check: 'revision',
    code: 'WRONG_REVISION',
    image: () => ({ data: buildFullImage({ maxRevision: 299 }) }),
  },
  {
    name: 'a full image at another place than the ROM looks at',
    check: 'offset',
    code: 'WRONG_OFFSET',
    image: () => ({ data: buildFullImage(), offset: 0 }),
  },
  {
    name: "a board's definition that disagrees with the chip",
    check: 'offset',
    code: 'WRONG_OFFSET',
    image: () => ({ data: buildFullImage() }),
    options: { boardOffset: 0 },
  },
  {
    name: 'an application where the bootloader goes',
    check: 'offset',
    code: 'WRONG_OFFSET',
    image: () => ({ data: buildExecutable({ version: 'v1' }), offset: 0x1000 }),
  },
  {
    name: 'an offset within a sector',
    check: 'offset',
    code: 'WRONG_OFFSET',
    image: () => ({ data: contents(16), offset: 0x1_0010, type: 'data' }),
  },
  {
    name: 'what is larger than the flash',
    check: 'size',
    code: 'FLASH_TOO_SMALL',
    image: () => ({ data: contents(0x2000), offset: 0x3f_f000, type: 'data' }),
  },
  {
    name: 'a short file whose partitions reach beyond the flash',
    check: 'size',
    code: 'FLASH_TOO_SMALL',
    image: () => ({ data: withFlashParameters(buildFullImage(), { sizeMb: 2 }) }),
    chip: { ...esp32, flashSize: 0x20_0000 },
  },
  {
    name: 'a bootloader for a larger flash',
    check: 'size',
    code: 'FLASH_TOO_SMALL',
    image: () => ({ data: buildExecutable() }),
    chip: { ...esp32, flashSize: 0x20_0000 },
  },
  {
    name: 'a chip with secure boot',
    check: 'secure-boot',
    code: 'SECURE_BOOT',
    image: () => ({ data: buildFullImage() }),
    chip: { ...esp32, security: { ...esp32.security, secureBoot: true } },
  },
  {
    name: 'a chip with flash encryption',
    check: 'flash-encryption',
    code: 'FLASH_ENCRYPTED',
    image: () => ({ data: buildFullImage() }),
    chip: { ...esp32, security: { ...esp32.security, flashEncryption: true } },
  },
  {
    name: 'a chip in secure download mode',
    check: 'secure-download',
    code: 'SECURE_DOWNLOAD',
    image: () => ({ data: buildFullImage() }),
    chip: { ...esp32, security: { ...esp32.security, secureDownload: true } },
  },
];

const every: CheckName[] = [...new Set(refusals.map(({ check }) => check))];

describe('planWrite', () => {
  for (const { name, check, code, image, chip = esp32, options = {} } of refusals) {
    it(`refuses ${name}`, () => {
      expect(() => planWrite([image()], chip, options)).toThrow(expect.objectContaining({ code }));
    });

    it(`goes on with ${name} when '${check}' is forced, and only then`, () => {
      expect(planWrite([image()], chip, { ...options, force: [check] })).toHaveLength(1);
      const others = every.filter((other) => other !== check);
      expect(() => planWrite([image()], chip, { ...options, force: others })).toThrow(
        expect.objectContaining({ code }),
      );
    });
  }

  it('puts full images and bootloaders at their place', () => {
    const images = [
      { data: buildExecutable() },
      { data: contents(100), offset: 0x9000, type: 'data' as const },
    ];
    expect(planWrite(images, esp32).map(({ offset }) => offset)).toEqual([0x1000, 0x9000]);
  });

  it('refuses images that overlap', () => {
    const images = [
      { data: buildFullImage() },
      { data: contents(100), offset: 0x1_0000, type: 'data' as const },
    ];
    expect(() => planWrite(images, esp32)).toThrow(expect.objectContaining({ code: 'WRONG_OFFSET' }));
  });

  it('wants to be told where an application goes', () => {
    expect(() => planWrite([{ data: buildExecutable({ version: 'v1' }) }], esp32)).toThrow(TypeError);
  });
});

describe('verifyFlash', () => {
  it('compares on a chip that a write is kept from', async () => {
    const board = makeBoard({ chip: 'esp32s3', security: { secureBoot: true, flashEncryption: true } });
    const flasher = await connectTo(board);
    const data = buildFullImage({ chip: 'ESP32-S3', minRevision: 9900 });
    board.chip.flash.program(0, data);
    await flasher.verifyFlash([{ data }]);
    const other = buildFullImage({ chip: 'ESP32-C3' });
    expect(await thrownBy(flasher.verifyFlash([{ data: other }]))).toMatchObject({ code: 'VERIFY_FAILED' });
  });

  it('says so where the chip does not tell what it holds, or has no such place', async () => {
    const locked = await connectTo(makeBoard({ chip: 'esp32c3', security: { secureDownload: true } }));
    const image = { data: contents(100), offset: 0x1000, type: 'data' as const };
    expect(await thrownBy(locked.verifyFlash([image]))).toMatchObject({ code: 'SECURE_DOWNLOAD' });
    const small = await connectTo(makeBoard({ flashSize: 0x10_0000 }));
    const beyond = thrownBy(small.verifyFlash([{ ...image, offset: 0x10_0000 }]));
    expect(await beyond).toMatchObject({ code: 'FLASH_TOO_SMALL' });
  });
});

describe('a locked chip', () => {
  it('is seen to have secure boot and flash encryption on, by eFuses and by its own word', async () => {
    for (const chip of ['esp32', 'esp32s3'] as const) {
      const security = { secureBoot: true, flashEncryption: true };
      const flasher = await connectTo(makeBoard({ chip, security }));
      expect(flasher.chip.security).toMatchObject(security);
      const data = buildFullImage({ chip: flasher.chip.chip });
      expect(await thrownBy(flasher.writeFlash([{ data }]))).toMatchObject({ code: 'SECURE_BOOT' });
    }
  });

  it('is not erased, unless its lock is named', async () => {
    for (const [lock, code] of [
      ['secureBoot', 'SECURE_BOOT'],
      ['flashEncryption', 'FLASH_ENCRYPTED'],
    ] as const) {
      const board = makeBoard({ security: { [lock]: true }, flashSize: 0x10_0000 });
      board.chip.flash.program(0x1000, Buffer.from('firmware'));
      const flasher = await connectTo(board);
      const force = [code === 'SECURE_BOOT' ? 'secure-boot' : 'flash-encryption'] as const;
      const other = [code === 'SECURE_BOOT' ? 'flash-encryption' : 'secure-boot'] as const;
      expect(await thrownBy(flasher.eraseFlash())).toMatchObject({ code });
      expect(await thrownBy(flasher.eraseFlash({ force: other }))).toMatchObject({ code });
      expect(await thrownBy(flasher.eraseRegion(0x1000, 0x1000))).toMatchObject({ code });
      expect(board.chip.flash.bytes[0x1000]).toBe('f'.charCodeAt(0));
      await flasher.eraseRegion(0x1000, 0x1000, { force });
      expect(board.chip.flash.bytes[0x1000]).toBe(0xff);
      board.chip.flash.program(0x1000, Buffer.from('firmware'));
      await flasher.eraseFlash({ force });
      expect(board.chip.flash.bytes[0x1000]).toBe(0xff);
    }
  });

  it('in secure download mode is not erased either', async () => {
    const board = makeBoard({ chip: 'esp32c3', security: { secureDownload: true } });
    const flasher = await connectTo(board);
    expect(await thrownBy(flasher.eraseRegion(0, 0x1000))).toMatchObject({ code: 'SECURE_DOWNLOAD' });
    expect(await thrownBy(flasher.eraseFlash())).toMatchObject({ code: 'SECURE_DOWNLOAD' });
  });

  it('in secure download mode still takes an image when that is forced, and nothing is asked that it cannot answer', async () => {
    const board = makeBoard({ chip: 'esp32c3', security: { secureDownload: true } });
    const flasher = await connectTo(board);
    const data = buildFullImage({ chip: 'ESP32-C3' });
    expect(flasher.chip).toMatchObject({ mac: undefined, security: { secureDownload: true } });
    await flasher.writeFlash([{ data }], { force: ['secure-download'] });
    expect(Buffer.from(board.chip.flash.bytes.subarray(0, data.length))).toEqual(data);
  });
});
