import { describe, expect, it } from 'vitest';
import { imageManifest } from '../../src/images/manifest.ts';
import { resolveImage } from '../../src/images/resolve-image.ts';

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
    expect(imageManifest.hashes).toEqual({});
    expect(resolveImage({ board: 'ESP32_GENERIC' }).sha256).toBeUndefined();
    const hashes = { 'ESP32_GENERIC-20251209-v1.27.0.bin': 'ab' };
    expect(resolveImage({ board: 'ESP32_GENERIC', manifest: { ...imageManifest, hashes } }).sha256).toBe(
      'ab',
    );
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
