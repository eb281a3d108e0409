import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it } from 'vitest';
import { buildFullImage, contents } from './helpers/build-image.ts';
import { thrownBy } from './helpers/thrown.ts';
import { reach, ways, type Way } from './helpers/ways.ts';

/** What the simulated chip models as a whole. */
const chips = [
  { chip: 'esp32', name: 'ESP32', offset: 0x1000 },
  { chip: 'esp32s3', name: 'ESP32-S3', offset: 0 },
  { chip: 'esp32c3', name: 'ESP32-C3', offset: 0 },
] as const;

/** What holds for every chip, with the stub and without it, whatever lies between. */
function specify(way: Way, { chip, name, offset }: (typeof chips)[number], stub: boolean): void {
  it('says what it is', async () => {
    const mac = Uint8Array.of(0x7c, 0xdf, 0xa1, 1, 2, 3);
    const board = await reach(way, { chip, mac, revision: 101, flashSize: 0x80_0000 });
    const flasher = await board.connect({ stub });

    expect(flasher.chipInfo()).toMatchObject({
      chip: name,
      revision: 101,
      mac: '7c:df:a1:01:02:03',
      flashSize: 0x80_0000,
      security: { secureBoot: false, flashEncryption: false, secureDownload: false },
    });
    expect(flasher.chip.features).toContain('Wi-Fi');
    expect([flasher.baud, board.chip.isStub]).toEqual([stub ? way.baud : 115_200, stub]);
  });

  it('takes a full image to where it starts from, the second time nothing, and runs it in the end', async () => {
    const board = await reach(way, { chip });
    const image = buildFullImage({ chip: name, applicationSize: 40_000 });
    const flasher = await board.connect({ stub });
    const seen: number[] = [];

    const first = await flasher.writeFlash([{ data: image }], { progress: ({ done }) => seen.push(done) });
    const again = await flasher.writeFlash([{ data: image }]);
    const hasReset = await flasher.reset();
    if (!hasReset) board.chip.pressReset();

    expect(hasReset).toBe(way.hasLines);
    expect(first.retries).toBe(0);
    // An empty flash holds the gaps between the parts of an image already.
    expect(first.written).toBeGreaterThan(40_000);
    expect([seen.at(-1), seen]).toEqual([image.length, seen.toSorted((a, b) => a - b)]);
    expect(again).toMatchObject({ written: 0, skipped: image.length });
    expect(Buffer.from(board.chip.flash.bytes.subarray(offset, offset + image.length))).toEqual(image);
    await expect.poll(() => board.chip.mode).toBe('run');
    await expect.poll(() => board.chip.lines).toEqual({ dtr: false, rts: false });
  });

  it('sends one sector where one byte changed, and says where the flash differs', async () => {
    const board = await reach(way, { chip });
    const data = contents(60_000);
    const image = { data, offset: 0x1_0000, type: 'data' as const };
    const flasher = await board.connect({ stub });
    await flasher.writeFlash([image]);
    data[30_000] = (data[30_000] ?? 0) ^ 1;

    const failure = await thrownBy(flasher.verifyFlash([image]));
    const { written } = await flasher.writeFlash([image]);
    await flasher.verifyFlash([image]);

    expect(failure).toMatchObject({ code: 'VERIFY_FAILED', address: 0x1_7000 });
    expect(written).toBe(0x1000);
  });

  it('erases, reads back and verifies', async () => {
    const board = await reach(way, { chip, flashSize: 0x10_0000 });
    const data = contents(10_000);
    const flasher = await board.connect({ stub });
    await flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }]);

    const read = await flasher.readFlash(0x1_0000, 5001);
    await flasher.verifyFlash([{ data, offset: 0x1_0000, type: 'data' }]);
    await flasher.eraseRegion(0x1_0000, 0x1000);
    const afterRegion = await flasher.readFlash(0x1_0fff, 2);
    const failure = await thrownBy(flasher.verifyFlash([{ data, offset: 0x1_0000, type: 'data' }]));
    await flasher.eraseFlash();

    expect(Buffer.from(read)).toEqual(data.subarray(0, 5001));
    expect([...afterRegion]).toEqual([0xff, data[0x1000]]);
    expect(failure).toMatchObject({ code: 'VERIFY_FAILED', address: 0x1_0000 });
    expect(board.chip.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  it('refuses what is for another chip, and goes on', async () => {
    const other = chips.find((candidate) => candidate.chip !== chip)?.name ?? 'ESP32';
    const board = await reach(way, { chip });
    const flasher = await board.connect({ stub });
    const refused = flasher.writeFlash([{ data: buildFullImage({ chip: other }) }]);

    expect(await thrownBy(refused)).toMatchObject({ code: 'WRONG_CHIP' });
    expect(await flasher.readFlash(0, 4)).toEqual(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    await flasher.close();
    expect(await thrownBy(flasher.readFlash(0, 4))).toMatchObject({ code: 'PORT_CLOSED' });
  });
}

for (const way of ways) {
  for (const chip of chips) {
    for (const stub of [true, false]) {
      const what = `an ${chip.name} ${stub ? 'with' : 'without'} the stub, through ${way.name}`;
      describeWithTools([...way.tools], what, () => {
        specify(way, chip, stub);
      });
    }
  }
}
