import { ESPLoader, Transport } from 'esptool-js';
import { describe, expect, it, vi } from 'vitest';
import { withFlashParameters } from '../src/image/flash-parameters.ts';
import { inspectImage, readImage } from '../src/image/read-image.ts';
import { buildExecutable, buildFullImage, contents } from './helpers/build-image.ts';
import { connectTo, makeBoard } from './helpers/board.ts';
import { thrownBy } from './helpers/thrown.ts';

/** What esptool-js 0.7.0 gets wrong, and that this package does not. When one of these needs no care any more, its workaround can go. */
describe('around the bugs of esptool-js 0.7.0', () => {
  it('pulls EN low with IO0 high to reset, and leaves both lines released', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    await flasher.writeFlash([{ data: buildFullImage() }]);
    board.lines.length = 0;

    const hasReset = await flasher.reset();

    expect(hasReset).toBe(true);
    expect(board.lines).toEqual(['D0R1', 'D0R0', 'D0R0']);
    await expect.poll(() => board.chip.mode).toBe('run');
  });

  it('takes the digest after a reading, so that the next command has its own answer', async () => {
    const flasher = await connectTo(makeBoard());
    await flasher.readFlash(0x1000, 5000);
    await flasher.eraseRegion(0x1000, 0x1000);
    expect(await flasher.readFlash(0x1000, 5000)).toHaveLength(5000);
  });

  it('compares the digest: what changed on the wire is read again, and given up if it changes each time', async () => {
    let changes = 0;
    const board = makeBoard({
      link: {
        // Within a frame of data: far from the start of a burst of the chip, and no byte that SLIP gives a meaning.
        loss: (way, index) => {
          if (way === 'toNode' || changes === 0 || index % 1500 !== 0) return undefined;
          changes -= 1;
          return { changeTo: 0x41 };
        },
      },
    });
    const flasher = await connectTo(board, { baud: 115_200 });

    changes = 1;
    expect((await flasher.readFlash(0, 20_000)).every((byte) => byte === 0xff)).toBe(true);
    expect(changes).toBe(0);
    changes = Infinity;
    expect(await thrownBy(flasher.readFlash(0, 20_000))).toMatchObject({ code: 'READ_FAILED' });
  });

  it('writes, verifies and erases without the stub', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board, { stub: false });
    const data = contents(5000);
    await flasher.writeFlash([{ data, offset: 0x1_0000, type: 'data' }]);
    expect(Buffer.from(board.chip.flash.bytes.subarray(0x1_0000, 0x1_0000 + 5000))).toEqual(data);
    await flasher.eraseFlash();
    expect(board.chip.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  it('makes the SHA-256 anew when it changes the header', () => {
    const image = withFlashParameters(buildExecutable({ chip: 'ESP32-S3' }), { mode: 'qio', sizeMb: 16 });
    expect(readImage(image).executable.flash).toMatchObject({ mode: 'QIO', size: '16MB' });
    expect(inspectImage(image).problems).toEqual([]);
  });

  it('never writes an image as something it is not: the header stays as it is', async () => {
    const board = makeBoard({ chip: 'esp32s3', flashSize: 0x100_0000 });
    const image = buildFullImage({ chip: 'ESP32-S3' });
    const flasher = await connectTo(board);
    await flasher.writeFlash([{ data: image }]);
    expect(Buffer.from(board.chip.flash.bytes.subarray(0, 64))).toEqual(image.subarray(0, 64));
  });

  it('refuses an image for another chip before it writes', async () => {
    const board = makeBoard();
    const flasher = await connectTo(board);
    const failure = await thrownBy(flasher.writeFlash([{ data: buildFullImage({ chip: 'ESP32-C3' }) }]));
    expect(failure).toMatchObject({ code: 'WRONG_CHIP' });
    expect(board.chip.flash.programmedBytes).toBe(0);
  });

  it('writes nothing to stdout', async () => {
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const wrote = vi.spyOn(process.stdout, 'write');
    const log: string[] = [];
    const flasher = await connectTo(makeBoard(), { log: (line) => log.push(line) });
    await flasher.writeFlash([{ data: contents(3000), offset: 0x1_0000, type: 'data' }]);
    await flasher.close();
    expect(said).not.toHaveBeenCalled();
    expect(wrote).not.toHaveBeenCalled();
    expect(log).toContain('Uploading stub...');
  });
});

describe('esptool-js 0.7.0 alone, on the same chip', () => {
  it('finds the chip, writes and verifies, and does not reset it', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { createHash } = await import('node:crypto');
    const board = makeBoard({ chip: 'esp32c3' });
    const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
    const transport = new Transport(board.port as unknown as ConstructorParameters<typeof Transport>[0]);
    const loader = new ESPLoader({ transport, baudrate: 460_800, terminal });
    const data = buildFullImage({ chip: 'ESP32-C3' });

    const description = await loader.main();
    await loader.writeFlash({
      fileArray: [{ data, address: 0 }],
      flashMode: 'keep',
      flashFreq: 'keep',
      flashSize: 'keep',
      eraseAll: false,
      compress: true,
      calculateMD5Hash: (image) => createHash('md5').update(image).digest('hex'),
    });
    await loader.after('hard_reset');
    const modeAfterReset = board.chip.mode;
    await transport.disconnect();

    expect(description).toContain('ESP32-C3');
    expect(Buffer.from(board.chip.flash.bytes.subarray(0, data.length))).toEqual(data);
    expect(modeAfterReset).toBe('download');
  });
});
