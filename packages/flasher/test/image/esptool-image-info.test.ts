import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithTools } from '@ota/testbed/vitest';
import { findTool } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { chips, type ChipName } from '../../src/chips.ts';
import { inspectImage, readImage, type ImageKind } from '../../src/image/read-image.ts';
import {
  buildExecutable,
  buildFullImage,
  contents,
  ramOf,
  type ExecutableOptions,
} from '../helpers/build-image.ts';

const run = promisify(execFile);

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-image-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

/** Where each chip maps its flash for data: esptool looks for an application's description in such a segment alone. */
const mappedFlash: Record<ChipName, number> = {
  ...{ ESP32: 0x3f40_0020, 'ESP32-S2': 0x3f00_0020, 'ESP32-S3': 0x3c00_0020, 'ESP32-C3': 0x3c00_0020 },
  ...{ 'ESP32-C2': 0x3c00_0020, 'ESP32-C6': 0x4200_0020, 'ESP32-C61': 0x4200_0020, 'ESP32-C5': 0x4200_0020 },
  ...{ 'ESP32-H2': 0x4200_0020, 'ESP32-P4': 0x4000_0020 },
};

/** Of each kind of image one, with two segments. */
function images(chip: ChipName, options: ExecutableOptions): Record<ImageKind, Buffer> {
  const ram = ramOf[chip] ?? 0x4080_0000;
  const segments = (first: number) => [
    { address: first, data: contents(400) },
    { address: ram + 0x1000, data: contents(96, 5) },
  ];
  const inFlash = segments(mappedFlash[chip]);
  return {
    bootloader: buildExecutable({ chip, segments: segments(ram), ...options }),
    app: buildExecutable({ chip, segments: inFlash, version: 'v1.2.3', ...options }),
    full: buildFullImage({ chip, segments: segments(ram), applicationSize: 4000, ...options }),
  };
}

/** What esptool says of many files, in as few runs as there are files; it takes one at a time. */
async function imageInfo(path: string): Promise<{ text: string; isGood: boolean }> {
  try {
    const { stdout } = await run(findTool('esptool') ?? 'esptool', ['image-info', path]);
    return { text: stdout, isGood: !stdout.includes('(invalid') };
  } catch (error) {
    return { text: String(error), isGood: false };
  }
}

describeWithTools(['esptool'], 'readImage next to esptool image-info', () => {
  for (const { name, imageId } of chips) {
    it(`agrees on chip, revisions, entry, segments, checksum and hash of all kinds of image for an ${name}`, async () => {
      const directory = temporaryDirectory();
      for (const [kind, bytes] of Object.entries(images(name, { minRevision: 101, maxRevision: 399 }))) {
        const path = join(directory, `${kind}.bin`);
        writeFileSync(path, bytes);

        const { text, isGood } = await imageInfo(path);
        const { executable, ...image } = readImage(bytes);

        expect(isGood, text).toBe(true);
        expect(text).toMatch(new RegExp(`Chip ID: ${imageId} \\(${name}\\)`));
        expect(text).toMatch(/Minimal chip revision: v1\.1/);
        expect(text).toMatch(/Maximal chip revision: v3\.99/);
        expect(text).toContain(`Entry point: 0x${executable.entry.toString(16)}`);
        expect(text).toContain('Segments: 2');
        expect(text).toMatch(/Validation hash: [0-9a-f]{64} \(valid\)/);
        expect([image.kind, image.chip, image.minRevision, image.maxRevision]).toEqual([
          kind,
          name,
          101,
          399,
        ]);
        for (const segment of executable.segments) {
          expect(text).toMatch(
            new RegExp(`0x0*${segment.size.toString(16)} +0x${segment.address.toString(16)}`),
          );
        }
        const { version, project, idf } = executable.description ?? {};
        if (kind === 'app') {
          expect(text).toMatch(new RegExp(`App version: *${version ?? 'none'}`));
          expect(text).toMatch(new RegExp(`Project name: *${project ?? 'none'}`));
          expect(text).toMatch(new RegExp(`ESP-IDF: *${idf ?? 'none'}`));
        }
      }
    });
  }

  it('refuses whatever esptool refuses of 200 images that were damaged at random', async () => {
    const directory = temporaryDirectory();
    const random = generator(20_261_123);
    const disagreements: string[] = [];
    let refusedByBoth = 0;
    for (let round = 0; round < 200; round += 1) {
      const chip = chips[round % chips.length]?.name ?? 'ESP32';
      const kinds = images(chip, { hash: round % 4 !== 0 });
      const bytes = [kinds.bootloader, kinds.app, kinds.full][round % 3] ?? kinds.full;
      const damaged = damage(bytes, random);
      const path = join(directory, 'damaged.bin');
      writeFileSync(path, damaged);
      const theirs = await imageInfo(path);
      const ours = inspectImage(damaged).problems;
      if (!theirs.isGood && ours.length > 0) refusedByBoth += 1;
      if (!theirs.isGood && ours.length === 0) disagreements.push(`${round} ${chip}: ${theirs.text}`);
    }
    expect(disagreements).toEqual([]);
    expect(refusedByBoth).toBeGreaterThan(100);
  }, 300_000);
});

function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  if (random(4) === 0) return Buffer.from(bytes.subarray(0, random(bytes.length)));
  const copy = Buffer.from(bytes);
  const at = random(2) === 0 ? random(40) : random(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
  return copy;
}

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}
