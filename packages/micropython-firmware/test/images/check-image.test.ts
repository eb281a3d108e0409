import { describe, expect, it } from 'vitest';
import { boards } from '../../src/images/boards.ts';
import { checkImage } from '../../src/images/check-image.ts';
import { application, executable, partitionTable, sampleImage } from './helpers.ts';

const nvs = { name: 'nvs', type: 1, offset: 0x9000, size: 0x4000 };
const factory = { name: 'factory', type: 0, offset: 0x1_0000, size: 0x1f_0000 };
const slots = [
  nvs,
  { name: 'ota_0', type: 0, offset: 0x1_0000, size: 0x18_0000 },
  { name: 'ota_1', type: 0, offset: 0x19_0000, size: 0x18_0000 },
];
const check = (file: Uint8Array) => () => {
  checkImage(file, 'esp32', 0x1000);
};
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('a whole image', () => {
  const chips: [mcu: string, id: number][] = [
    ['esp32', 0],
    ['esp32s2', 2],
    ['esp32c3', 5],
    ['esp32s3', 9],
    ['esp32c2', 12],
    ['esp32c6', 13],
    ['esp32h2', 16],
    ['esp32p4', 18],
    ['esp32c5', 23],
  ];
  it.each(chips)('for %s (id %i) passes at the offset of its boards, for no other chip', (mcu, id) => {
    const offset = boards().find((board) => board.mcu === mcu)?.flashOffset ?? NaN;
    const file = sampleImage(id, offset);
    checkImage(file, mcu, offset);
    for (const [other] of chips.filter(([name]) => name !== mcu)) {
      expect(() => {
        checkImage(file, other, offset);
      }).toThrow(code('IMAGE_DAMAGED'));
    }
  });

  it('has its application where its partition table says, wherever that is', () => {
    const moved = partitionTable([nvs, { ...factory, offset: 0x2_0000 }]);
    check(sampleImage(0, 0x1000, { table: moved, at: 0x2_0000 }))();
    expect(check(sampleImage(0, 0x1000, { table: moved }))).toThrow(
      "the image's application in factory is not there",
    );
  });

  it('may leave all but the first of several applications out', () => {
    check(sampleImage(0, 0x1000, { table: partitionTable(slots) }))();
  });

  it('may have a table without an MD5', () => {
    const table = Buffer.concat([partitionTable([nvs, factory]).subarray(0, 64), Buffer.alloc(32, 0xff)]);
    check(sampleImage(0, 0x1000, { table }))();
  });
});

describe('an image is refused', () => {
  it('without a place for its application', () => {
    expect(check(sampleImage(0, 0x1000, { table: partitionTable([nvs]) }))).toThrow(
      'has no place for an application',
    );
    const first = partitionTable([{ ...factory, offset: 0x1000 }]);
    expect(check(sampleImage(0, 0x1000, { table: first }))).toThrow('has an application before itself');
  });

  it('with an application that is larger than its partition', () => {
    const table = partitionTable([nvs, { ...factory, size: 0x8000 }]);
    expect(check(sampleImage(0, 0x1000, { table }))).toThrow(
      'application in factory is larger than its partition (32768 bytes)',
    );
  });

  it('with a second application that is damaged', () => {
    const table = partitionTable(slots);
    const first = sampleImage(0, 0x1000, { table });
    const gap = Buffer.alloc(0x19_0000 - 0x1000 - first.length, 0xff);
    const second = application(0, 5000);
    check(Buffer.concat([first, gap, second]))();
    second.fill(0, 400, 401);
    expect(check(Buffer.concat([first, gap, second]))).toThrow('application in ota_1 does not match');
  });

  it('that is an application alone, and says which file to take', () => {
    expect(check(application(0, 90_000))).toThrow(code('IMAGE_APP_ONLY'));
    expect(check(application(0, 90_000))).toThrow('take the .bin');
  });

  it('that is a bootloader alone', () => {
    expect(check(executable(0, 2000))).toThrow("the image's partition table is not there");
  });

  it('whatever one byte of bootloader, table or application is changed', () => {
    const file = sampleImage();
    const parts = [
      { start: 0, length: 24 + 8 + 2000 },
      { start: 0x7000, length: 64 },
      { start: 0xf000, length: file.length - 0xf000 },
    ];
    for (const { start, length } of parts) {
      for (let at = start; at < start + length; at += Math.max(1, Math.floor(length / 40))) {
        const changed = Buffer.from(file);
        changed.writeUInt8((changed.readUInt8(at) + 1) & 0xff, at);
        expect(check(changed), `byte ${at}`).toThrow(/^the image's /);
      }
    }
  });

  it('wherever it is cut', () => {
    const file = sampleImage();
    for (let length = 0; length < file.length; length += 997) {
      expect(check(file.subarray(0, length)), `${length} bytes`).toThrow(code('IMAGE_DAMAGED'));
    }
  });
});
