import { describe, expect, it } from 'vitest';
import { refreshManifest, renderManifest } from '../../src/images/refresh-manifest.ts';

/** A page as the download site lays them out, written for this test. */
const page = (board: string) => `
<h2>Firmware</h2>
<strong>Releases</strong><br>
<a href="/resources/firmware/${board}-20251209-v1.27.0.bin">v1.27.0 (2025-12-09) .bin</a> /
<a href="/resources/firmware/${board}-20251209-v1.27.0.app-bin">[.app-bin]</a> /
<a href="/resources/firmware/${board}-20251209-v1.27.0.elf">[.elf]</a>
<a href="/resources/firmware/${board}-20250911-v1.26.1.bin">v1.26.1 (2025-09-11) .bin</a>
<strong>Preview builds</strong>
<a href="/resources/firmware/${board}-20260101-v1.28.0-preview.12.gabcdef0123.bin">preview</a>
<h2>Firmware (Support for SPIRAM / WROVER)</h2>
<a href="/resources/firmware/${board}-SPIRAM-20251209-v1.27.0.bin">v1.27.0 (2025-12-09) .bin</a>
`;

const before = {
  releases: [{ version: '1.20.0', date: '20230426', builds: ['OLD_BOARD'] }],
  hashes: { 'OLD_BOARD-20230426-v1.20.0.bin': 'ab' },
};

describe('refreshManifest', () => {
  it('reads releases and variants, newest first, and keeps what was known', async () => {
    const manifest = await refreshManifest({
      boards: ['ESP32_GENERIC', 'ESP32_GENERIC_C3'],
      fetchPage: (board) => Promise.resolve(page(board)),
      before,
    });
    expect(manifest).toEqual({
      releases: [
        {
          ...{ version: '1.27.0', date: '20251209' },
          builds: ['ESP32_GENERIC', 'ESP32_GENERIC-SPIRAM', 'ESP32_GENERIC_C3', 'ESP32_GENERIC_C3-SPIRAM'],
        },
        { version: '1.26.1', date: '20250911', builds: ['ESP32_GENERIC', 'ESP32_GENERIC_C3'] },
        ...before.releases,
      ],
      hashes: before.hashes,
    });
  });

  it('fails where a page has no image, instead of forgetting', async () => {
    const work = refreshManifest({
      boards: ['ESP32_GENERIC'],
      fetchPage: () => Promise.resolve('<p>new look</p>'),
      before,
    });
    await expect(work).rejects.toThrow(expect.objectContaining({ code: 'IMAGE_PAGE' }) as Error);
  });

  it('is written as a module', () => {
    expect(renderManifest(before)).toContain('export const imageManifest: ImageManifest = {');
  });
});
