import { describe, expect, it } from 'vitest';
import { imageManifest } from '../../src/images/manifest.ts';
import { resolveFile, resolveImage } from '../../src/images/resolve-image.ts';

const codes = (code: string) => expect.objectContaining({ code }) as Error;

describe('resolveImage', () => {
  it('finds the newest image of a board, its address and place', () => {
    expect(resolveImage({ board: 'ESP32_GENERIC' })).toMatchObject({
      version: '1.27.0',
      fileName: 'ESP32_GENERIC-20251209-v1.27.0.bin',
      url: 'https://micropython.org/resources/firmware/ESP32_GENERIC-20251209-v1.27.0.bin',
      offset: 0x1000,
      isListed: true,
    });
  });

  it('takes a version, with or without v, and a range', () => {
    const versions = ['1.26.1', 'v1.26.1', '^1.26', '~1.26', '<1.27', '1'];
    const found = versions.map((version) => resolveImage({ board: 'ESP32_GENERIC_C3', version }).version);
    expect(found).toEqual(['1.26.1', '1.26.1', '1.27.0', '1.26.1', '1.26.1', '1.27.0']);
  });

  it('makes the name of a variant, and says that it was not seen', () => {
    expect(resolveImage({ board: 'ESP32_GENERIC', variant: 'SPIRAM' })).toMatchObject({
      fileName: 'ESP32_GENERIC-SPIRAM-20251209-v1.27.0.bin',
      isListed: false,
    });
  });

  it('names no hash that nobody named', () => {
    const none = { ...imageManifest, hashes: {} };
    expect(resolveImage({ board: 'ESP32_GENERIC', manifest: none }).sha256).toBeUndefined();
    const hashes = { 'ESP32_GENERIC-20251209-v1.27.0.bin': 'ab' };
    expect(resolveImage({ board: 'ESP32_GENERIC', manifest: { ...imageManifest, hashes } }).sha256).toBe(
      'ab',
    );
  });

  it('says of its list where it is from and when, and has hashes that are some', () => {
    expect(imageManifest.origin).toMatch(/\d{4}-\d{2}-\d{2}/);
    for (const [fileName, hash] of Object.entries(imageManifest.hashes)) {
      expect(fileName).toMatch(/^[A-Z0-9_]+(-[A-Z0-9_]+)?-\d{8}-v\d+\.\d+\.\d+\.bin$/);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('says what there is where something is not', () => {
    expect(() => resolveImage({ board: 'ESP33' })).toThrow(codes('IMAGE_BOARD_UNKNOWN'));
    expect(() => resolveImage({ board: 'ESP33' })).toThrow('ESP32_GENERIC_C3');
    expect(() => resolveImage({ board: 'ESP32_GENERIC', variant: 'SPIRAM_OCT' })).toThrow(
      codes('IMAGE_VARIANT_UNKNOWN'),
    );
    expect(() => resolveImage({ board: 'ESP32_GENERIC', version: '^2' })).toThrow(
      codes('IMAGE_VERSION_UNKNOWN'),
    );
    expect(() => resolveImage({ board: 'ESP32_GENERIC', version: 'newest' })).toThrow('1.27.0, 1.26.1');
  });
});

describe('resolveFile', () => {
  it('needs no release of the board, only the board', () => {
    expect(() => resolveImage({ board: 'SEEED_XIAO_ESP32C5' })).toThrow(codes('IMAGE_VERSION_UNKNOWN'));
    expect(resolveFile({ board: 'SEEED_XIAO_ESP32C5', file: '/home/me/own.bin' })).toMatchObject({
      board: { id: 'SEEED_XIAO_ESP32C5' },
      fileName: 'own.bin',
      version: 'unknown',
      url: 'file:///home/me/own.bin',
      offset: 0x2000,
      sha256: undefined,
    });
    expect(() => resolveFile({ board: 'ESP33', file: 'own.bin' })).toThrow(codes('IMAGE_BOARD_UNKNOWN'));
    const request = { board: 'ESP32_GENERIC', variant: 'NONE', file: 'own.bin' };
    expect(() => resolveFile(request)).toThrow(codes('IMAGE_VARIANT_UNKNOWN'));
  });

  it('holds a file with the name of a release to its version and hash', () => {
    const fileName = 'ESP32_GENERIC-20251209-v1.27.0.bin';
    const manifest = { ...imageManifest, hashes: { [fileName]: 'ab' } };
    const resolved = resolveFile({ board: 'ESP32_GENERIC', file: `/tmp/${fileName}`, manifest });
    expect(resolved).toMatchObject({ fileName, version: '1.27.0', sha256: 'ab' });
  });
});
