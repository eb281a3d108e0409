import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithTools } from '@ota/testbed/vitest';
import { findTool } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { chips } from '../../src/chips.ts';
import { inspectImage, readImage } from '../../src/image/read-image.ts';
import { buildExecutable, contents } from '../helpers/build-image.ts';

const run = promisify(execFile);

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-image-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
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
  it('agrees on chip, revisions, entry, segments, checksum and hash, for every chip', async () => {
    const directory = temporaryDirectory();
    for (const { name, imageId } of chips) {
      const address = 0x3fff_0000;
      const segments = [
        { address, data: contents(400) },
        { address: address + 0x1000, data: contents(96, 5) },
      ];
      const bytes = buildExecutable({ chip: name, segments, minRevision: 101, maxRevision: 399 });
      const path = join(directory, `${name}.bin`);
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
      expect([image.chip, image.minRevision, image.maxRevision]).toEqual([name, 101, 399]);
      for (const segment of executable.segments) {
        expect(text).toMatch(
          new RegExp(`0x0*${segment.size.toString(16)} +0x${segment.address.toString(16)}`),
        );
      }
    }
  });

  it('refuses whatever esptool refuses of 200 images that were damaged at random', async () => {
    const directory = temporaryDirectory();
    const random = generator(20_261_123);
    const disagreements: string[] = [];
    let refusedByBoth = 0;
    for (let round = 0; round < 200; round += 1) {
      const chip = chips[round % chips.length]?.name ?? 'ESP32';
      const bytes = buildExecutable({ chip, hash: round % 4 !== 0 });
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
  }, 120_000);
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
