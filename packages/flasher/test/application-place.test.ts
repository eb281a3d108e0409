import { describe, expect, it } from 'vitest';
import { connectTo, makeBoard } from './helpers/board.ts';
import { buildExecutable, buildFullImage, buildPartitionTable, contents } from './helpers/build-image.ts';
import { thrownBy } from './helpers/thrown.ts';

const slots = [
  { name: 'otadata', type: 1, subtype: 0, offset: 0xd000, size: 0x2000 },
  { name: 'ota_0', type: 0, subtype: 0x10, offset: 0x1_0000, size: 0x2_0000 },
  { name: 'ota_1', type: 0, subtype: 0x11, offset: 0x3_0000, size: 0x2_0000 },
];
const application = (size = 5000) =>
  buildExecutable({ version: 'v1.2.4', segments: [{ address: 0x3fff_0000, data: contents(size, 3) }] });

describe('an application alone', () => {
  it('is written to a place that the partition table on the board has for one, and nowhere else', async () => {
    for (const stub of [true, false]) {
      const board = makeBoard();
      const flasher = await connectTo(board, { stub });
      await flasher.writeFlash([{ data: buildFullImage({ partitions: slots, applicationSize: 8000 }) }]);
      const before = Buffer.from(board.chip.flash.bytes);
      const elsewhere = await thrownBy(flasher.writeFlash([{ data: application(), offset: 0x2_0000 }]));
      expect(elsewhere).toMatchObject({ code: 'WRONG_OFFSET' });
      expect(String(elsewhere)).toContain(
        'has no application at 0x20000; it has ota_0 at 0x10000, ota_1 at 0x30000',
      );
      expect(before.equals(board.chip.flash.bytes)).toBe(true);

      const { written } = await flasher.writeFlash([{ data: application(), offset: 0x3_0000 }]);
      expect(written).toBeGreaterThan(0);
      await flasher.close();
    }
  });

  it('is refused where it is larger than its partition', async () => {
    const flasher = await connectTo(makeBoard());
    await flasher.writeFlash([{ data: buildFullImage({ partitions: slots, applicationSize: 8000 }) }]);
    const error = await thrownBy(flasher.writeFlash([{ data: application(0x2_0000), offset: 0x1_0000 }]));
    expect(String(error)).toMatch(/The application has \d+ bytes, its partition ota_0 has 131072/);
  });

  it('is refused on a board without a partition table, unless it comes along or somebody knows better', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const image = { data: application(), offset: 0x3_0000 };
    expect(String(await thrownBy(flasher.writeFlash([image])))).toContain('The board has no partition table');
    await flasher.writeFlash([image], { force: ['offset'] });
    const table = { data: buildPartitionTable(slots), offset: 0x8000, type: 'data' as const };
    expect((await flasher.writeFlash([image, table])).written).toBeGreaterThan(0);
  });

  it('goes by the table that the same write brings, not by the one that was there', async () => {
    const flasher = await connectTo(makeBoard());
    await flasher.writeFlash([{ data: buildFullImage({ partitions: slots, applicationSize: 8000 }) }]);
    const table = { data: buildPartitionTable(), offset: 0x8000, type: 'data' as const };
    const error = await thrownBy(flasher.writeFlash([table, { data: application(), offset: 0x3_0000 }]));
    expect(String(error)).toContain('it has factory at 0x10000');
  });

  it('is checked for without writing, and before all of the flash is erased', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    await flasher.writeFlash([{ data: buildFullImage({ partitions: slots, applicationSize: 8000 }) }]);
    const before = Buffer.from(board.chip.flash.bytes);
    const image = { data: application(), offset: 0x3_0000 };
    const [planned] = await flasher.checkWrite([image]);
    expect(planned).toMatchObject({ offset: 0x3_0000, firmware: { kind: 'app' } });
    // The table that the application would be started by is one of the things that are erased.
    const codes = [
      (await thrownBy(flasher.checkWrite([{ ...image, offset: 0x2_0000 }]))).code,
      (await thrownBy(flasher.checkWrite([image], { eraseAll: true }))).code,
      (await thrownBy(flasher.writeFlash([image], { eraseAll: true }))).code,
    ];
    expect(codes).toEqual(['WRONG_OFFSET', 'WRONG_OFFSET', 'WRONG_OFFSET']);
    expect(before.equals(board.chip.flash.bytes)).toBe(true);
  });
});
