import { describe, expect, it } from 'vitest';
import { chips } from '../../src/chips.ts';
import { inspectImage, readImage } from '../../src/image/read-image.ts';
import { buildExecutable, buildFullImage, buildPartitionTable, contents } from '../helpers/build-image.ts';

describe('readImage', () => {
  for (const { name, imageId, bootloaderOffset } of chips) {
    it(`reads a full image for an ${name}, its table and its application`, () => {
      const image = readImage(buildFullImage({ chip: name, minRevision: 3, maxRevision: 199 }));

      expect(image).toMatchObject({
        kind: 'full',
        chip: name,
        chipId: imageId,
        minRevision: 3,
        maxRevision: 199,
      });
      expect(image.application?.fileOffset).toBe(0x1_0000 - bootloaderOffset);
      expect(image.application?.description).toMatchObject({
        version: 'v1.2.3',
        project: 'sample',
        idf: 'v5.5',
      });
      expect(image.partitions.map((partition) => [partition.name, partition.offset])).toEqual([
        ['nvs', 0x9000],
        ['phy_init', 0xf000],
        ['factory', 0x1_0000],
        ['vfs', 0x20_0000],
      ]);
    });
  }

  it('lists segments with their addresses, sizes and places in the file, and the entry', () => {
    const segments = [
      { address: 0x3fff_0000, data: contents(100) },
      { address: 0x4008_0000, data: contents(48) },
    ];
    const { executable } = readImage(buildExecutable({ segments }));
    expect(executable.entry).toBe(0x3fff_0000);
    expect(executable.segments).toEqual([
      { address: 0x3fff_0000, size: 100, fileOffset: 32 },
      { address: 0x4008_0000, size: 48, fileOffset: 140 },
    ]);
    expect(executable.flash).toMatchObject({ mode: 'DIO', size: '4MB' });
  });

  it('tells an application from a bootloader by its description', () => {
    expect(readImage(buildExecutable({ version: 'v9' })).kind).toBe('app');
    expect(readImage(buildExecutable()).kind).toBe('bootloader');
  });

  it('takes the older revision field where the newer is not filled in: the major, on a C3 the minor', () => {
    const old = (chip: 'ESP32' | 'ESP32-C3') => {
      const bytes = buildExecutable({ chip, hash: false, maxRevision: 0 });
      bytes[14] = 3;
      return readImage(bytes).minRevision;
    };
    expect([old('ESP32'), old('ESP32-C3')]).toEqual([300, 3]);
  });

  it('takes the stricter limits of bootloader and application', () => {
    const limits = (bootloader: [number, number], application: [number, number]) => {
      const [minRevision, maxRevision] = bootloader;
      const file = buildFullImage({ minRevision, maxRevision });
      const [least, most] = application;
      buildFullImage({ minRevision: least, maxRevision: most }).subarray(0xf000).copy(file, 0xf000);
      const image = readImage(file);
      return [image.minRevision, image.maxRevision];
    };
    expect(limits([0, 399], [100, 299])).toEqual([100, 299]);
    expect(limits([100, 299], [0, 399])).toEqual([100, 299]);
    expect(limits([0, 0xffff], [0, 299])).toEqual([0, 299]);
    expect(limits([0, 299], [0, 0xffff])).toEqual([0, 299]);
    expect(limits([0, 0xffff], [0, 0xffff])).toEqual([0, undefined]);
  });

  it('refuses a full image that ends anywhere before its end', () => {
    const file = buildFullImage({ applicationSize: 4000 });
    for (const length of [0, 1, 23, 24, 900, 0x6fff, 0x7000, 0x7c00, 0xf000, 0xf100, file.length - 1]) {
      expect(() => readImage(file.subarray(0, length)), `${length} bytes`).toThrow(/damaged/);
    }
  });

  it('says what is wrong with a changed byte, wherever it is', () => {
    const changed = (at: number) => {
      const bytes = buildExecutable();
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      return inspectImage(bytes).problems.join('; ');
    };
    expect(changed(0)).toContain('0xe9');
    expect(changed(1)).toContain('segments');
    expect(changed(12)).toContain('chip id');
    expect(changed(100)).toContain('checksum');
    expect(changed(4)).toContain('SHA-256');
    expect(changed(1050)).toContain('SHA-256');
  });

  it('checks the partition table against its MD5, and that it has an end', () => {
    const file = buildFullImage();
    file[0x7000 + 4] = 0x55;
    expect(inspectImage(file).problems.join()).toContain('MD5');
    const endless = Array.from({ length: 96 }, (_, index) => {
      return { name: `p${index}`, type: 1, subtype: 2, offset: 0x9000, size: 0x1000 };
    });
    const other = buildFullImage();
    buildPartitionTable(endless.slice(0, 95)).copy(other, 0x7000);
    other.subarray(0x7000, 0x7000 + 32).copy(other, 0x7000 + 95 * 32);
    expect(inspectImage(other).problems.join()).toContain('no end');
  });

  it('refuses an application for another chip than the bootloader', () => {
    const file = buildFullImage();
    buildFullImage({ chip: 'ESP32-S2' }).subarray(0xf000).copy(file, 0xf000);
    expect(inspectImage(file).problems.join()).toContain('chip id 2');
  });

  it('refuses what is no image, with what to do', () => {
    const page = Buffer.from('<html>not found</html>, and some more text');
    expect(() => readImage(page)).toThrow(expect.objectContaining({ code: 'IMAGE_DAMAGED' }));
    expect(() => readImage(page)).toThrow('Download it again');
  });
});
