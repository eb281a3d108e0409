import { describe, expect, it } from 'vitest';
import { buildFullImage, contents } from './helpers/build-image.ts';
import { connectTo, makeBoard } from './helpers/board.ts';
import { thrownBy } from './helpers/thrown.ts';

/** Of these no more than what tells them apart is modelled. */
const otherChips = [
  { chip: 'esp32s2', name: 'ESP32-S2', offset: 0x1000 },
  { chip: 'esp32c2', name: 'ESP32-C2', offset: 0 },
  { chip: 'esp32c5', name: 'ESP32-C5', offset: 0x2000 },
  { chip: 'esp32c6', name: 'ESP32-C6', offset: 0 },
  { chip: 'esp32c61', name: 'ESP32-C61', offset: 0 },
  { chip: 'esp32h2', name: 'ESP32-H2', offset: 0 },
  { chip: 'esp32p4', name: 'ESP32-P4', offset: 0x2000 },
] as const;

for (const { chip, name, offset } of otherChips) {
  it(`an ${name} is told from others by its id, and takes a full image to where it starts from`, async () => {
    const mac = Uint8Array.of(0x7c, 0xdf, 0xa1, 1, 2, 3);
    const board = makeBoard({ chip, mac, revision: 101, flashSize: 0x80_0000 });
    const image = buildFullImage({ chip: name, applicationSize: 20_000 });
    const flasher = await connectTo(board);

    await flasher.writeFlash([{ data: image }]);

    expect(flasher.chip).toMatchObject({
      ...{ chip: name, revision: 101, mac: '7c:df:a1:01:02:03', flashSize: 0x80_0000 },
      security: { secureBoot: false, flashEncryption: false, secureDownload: false },
    });
    expect(Buffer.from(board.chip.flash.bytes.subarray(offset, offset + image.length))).toEqual(image);
  });
}

describe('writeFlash', () => {
  it('erases all of the flash first, if asked to, once the checks have passed', async () => {
    const board = makeBoard();
    board.chip.flash.program(0x20_0000, Buffer.from('files'));
    const flasher = await connectTo(board);
    const refused = flasher.writeFlash([{ data: buildFullImage({ chip: 'ESP32-C3' }) }], { eraseAll: true });
    expect(await thrownBy(refused)).toMatchObject({ code: 'WRONG_CHIP' });
    expect(board.chip.flash.bytes[0x20_0000]).toBe('f'.charCodeAt(0));
    const { written } = await flasher.writeFlash([{ data: buildFullImage() }], { eraseAll: true });
    expect(written).toBeGreaterThan(60_000);
    expect(board.chip.flash.bytes[0x20_0000]).toBe(0xff);
  });

  it('tells its progress up to the end, never backwards', async () => {
    const flasher = await connectTo(makeBoard());
    const data = contents(100_000);
    const seen: number[] = [];
    await flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }], {
      progress: ({ done }) => seen.push(done),
    });
    expect(seen.at(-1)).toBe(100_000);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(3);
  });

  it('sends nothing of an image that is there already', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const data = buildFullImage();
    await flasher.writeFlash([{ data }]);
    const before = board.chip.flash.programmedBytes;

    const again = await flasher.writeFlash([{ data }]);

    expect(again).toMatchObject({ written: 0, skipped: data.length });
    expect(board.chip.flash.programmedBytes).toBe(before);
  });

  it('sends one sector where one byte changed, and leaves the others unerased', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const data = contents(400_000);
    await flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }]);
    const before = board.chip.flash.erasedSectors;
    data[200_000] = (data[200_000] ?? 0) ^ 1;

    const result = await flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }]);

    expect(result.written).toBe(0x1000);
    expect(board.chip.flash.erasedSectors - before).toBe(1);
    await flasher.verifyFlash([{ data, offset: 0x1_0000, type: 'data' }]);
  });

  it('looks at no more of a flash that holds something else than it takes to tell', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const image = (seed: number) => ({
      data: contents(1_000_000, seed),
      offset: 0x1_0000,
      type: 'data' as const,
    });
    await flasher.writeFlash([image(1)], { skipUnchanged: false });
    const before = board.chip.commands.length;

    const result = await flasher.writeFlash([image(2)]);

    const looks = board.chip.commands.slice(before).filter((op) => op === 0x13).length;
    expect(result).toMatchObject({ written: 1_000_000, skipped: 0, retries: 0 });
    expect(looks).toBe(8 + 1);
  });

  it('says from which sector on the flash differs', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const image = { data: contents(700_000), offset: 0x1_0000, type: 'data' as const };
    await flasher.writeFlash([image]);
    for (const sector of [0x2_3000, 0x5_0000, 0x8_0000]) {
      board.chip.flash.bytes.fill(0, sector, sector + 4);
    }
    const failure = await thrownBy(flasher.verifyFlash([image]));
    expect(failure).toMatchObject({ code: 'VERIFY_FAILED', address: 0x2_3000 });
  });

  it('sends everything when told not to look', async () => {
    const flasher = await connectTo(makeBoard());
    const image = { data: contents(20_000), offset: 0x1_0000, type: 'data' as const };
    await flasher.writeFlash([image]);
    expect((await flasher.writeFlash([image], { skipUnchanged: false })).written).toBe(20_000);
  });

  it('does one thing after the other, in the order it was asked', async () => {
    const flasher = await connectTo(makeBoard());
    const data = contents(9000);
    const [, read] = await Promise.all([
      flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }]),
      flasher.readFlash(0x1_0000, 9000),
      flasher.eraseRegion(0x1_0000, 0x3000),
    ]);
    expect(Buffer.from(read)).toEqual(data);
    expect((await flasher.readFlash(0x1_0000, 1))[0]).toBe(0xff);
  });

  it('flashes several boards at once', async () => {
    const boards = [makeBoard(), makeBoard({ chip: 'esp32c3' }), makeBoard({ chip: 'esp32s3' })];
    const results = await Promise.all(
      boards.map(async (board) => {
        const flasher = await connectTo(board);
        return flasher.writeFlash([{ data: buildFullImage({ chip: flasher.chip.chip }) }]);
      }),
    );
    expect(results.map(({ retries }) => retries)).toEqual([0, 0, 0]);
  });
});
