import { createPublicKey, createVerify, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  generateReleaseKey,
  gogsKeyOf,
  releaseFile,
  serialOf,
  signRelease,
  verifyRelease,
  type ReleaseFile,
} from '../src/index.ts';
import { random, type Random } from './helpers/random.ts';
import { shortKey } from './helpers/signed.ts';

const key = await shortKey();
const { privateKey, gogsKey } = key;
const some = [releaseFile('main.py', Buffer.from('A = 1\n')), releaseFile('lib/a.py', Buffer.from(''))];

/** Files with names that are hard to sort: with what comes before and after a slash, and beyond ASCII. */
function someFiles(choice: Random): ReleaseFile[] {
  const names = ['a', 'a.py', 'a-b', 'a0', 'B', '.x', 'é', '日本', '\u{1f680}', '\uffee', 'a b'];
  const files = new Map<string, ReleaseFile>();
  for (let count = choice.below(12); count >= 0; count--) {
    const folders = Array.from({ length: choice.below(3) }, () => `d${choice.pick(names) ?? ''}`);
    const path = [...folders, `f${choice.pick(names) ?? ''}`].join('/');
    files.set(path, releaseFile(path, Buffer.from(`${choice.next()}`)));
  }
  return [...files.values()];
}

describe('a key for releases', () => {
  it('has 3072 bits, or as many as nodes take, and is PEM', async () => {
    expect((await generateReleaseKey()).gogsKey).toMatch(/^[89a-f][0-9a-f]{767}$/);
    expect((await generateReleaseKey({ bits: 4096 })).gogsKey).toHaveLength(1024);
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(gogsKeyOf(privateKey)).toBe(gogsKey);
  });

  const pem = (pair: KeyPairKeyObjectResult): string =>
    pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each([
    ['no key', 'secret words'],
    ['an elliptic one', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['a short one', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }))],
    ['another exponent', pem(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }))],
  ])('is refused without a word of it: %s', (_what, wrong) => {
    expect(() => gogsKeyOf(wrong)).toThrow(expect.objectContaining({ code: 'RELEASE_KEY' }));
    expect(() => signRelease(some, { privateKey: wrong })).toThrow(/^the key (?!.*(secret|BEGIN))/);
  });
});

describe('a signature', () => {
  it('fits what was signed in any order, and nothing else', () => {
    const choice = random();
    for (let round = 0; round < 60; round++) {
      const files = someFiles(choice);
      const serial = choice.below(2 ** 33);
      const text = signRelease(files, { privateKey, serial });
      const shuffled = [...files].sort(() => choice.next() - 0.5);
      expect(verifyRelease(shuffled, text, gogsKey)).toEqual({ serial });

      const at = choice.below(files.length);
      const changed = files.map((file, index) =>
        index === at ? { ...file, ...another(file, choice) } : file,
      );
      const less = files.filter((_, index) => index !== at);
      const digit = text.length - 2 - choice.below(500);
      const edited = text.slice(0, digit) + (text[digit] === '0' ? '1' : '0') + text.slice(digit + 1);
      for (const [list, signature] of [
        [changed, text],
        [less, text],
        [files, edited],
        [files, text.replace(`\n${serial}\n`, `\n${serial + 1}\n`)],
      ] as const) {
        const message = `seed ${choice.seed}, round ${round}`;
        expect(() => verifyRelease(list, signature, gogsKey), message).toThrow(/sign again/);
      }
    }
  });

  it('is one that other programs can check', () => {
    const text = signRelease(some, { privateKey, serial: 7 });
    const signed = `ota-release 1\n7\nd 0 - lib\nf 6 ${some[0]?.id ?? ''} main.py\nf 0 ${some[1]?.id ?? ''} lib/a.py\n`;
    const check = createVerify('sha256').update(signed);
    expect(check.verify(createPublicKey(privateKey), text.split('\n')[2] ?? '', 'hex')).toBe(true);
  });

  it('has the time as its number, and leaves out the signature from before', () => {
    const now = Math.floor(Date.now() / 1000);
    const before = releaseFile('.signature', Buffer.from('old'));
    const text = signRelease([...some, before], { privateKey });
    expect(serialOf(text)).toBeGreaterThanOrEqual(now);
    expect(verifyRelease(some, text, gogsKey).serial).toBe(serialOf(text));
  });

  it.each([
    '',
    'ota-release 1\n7\n',
    'ota-release 2\n7\nab\n',
    'ota-release 1\n07\nab\n',
    'ota-release 1\r\n7\r\nab\r\n',
  ])('is not what reads %j', (text) => {
    expect(serialOf(text)).toBeUndefined();
    expect(() => verifyRelease(some, text, gogsKey)).toThrow(
      expect.objectContaining({ code: 'RELEASE_SIGNATURE' }),
    );
  });

  it('needs a key that nodes take, and a number that is one', () => {
    const text = signRelease(some, { privateKey });
    const code = expect.objectContaining({ code: 'RELEASE_KEY' }) as Error;
    for (const wrong of ['', gogsKey.slice(2), `0${gogsKey.slice(1)}`]) {
      expect(() => verifyRelease(some, text, wrong)).toThrow(code);
    }
    for (const serial of [-1, 1.5, NaN, 2 ** 60]) {
      expect(() => signRelease(some, { privateKey, serial })).toThrow(RangeError);
    }
  });

  it.each([
    ['.version', {}],
    ['.tree', {}],
    ['../a.py', {}],
    ['a//b.py', {}],
    ['/a.py', {}],
    ['a\\b.py', {}],
    ['lib/"a".py', {}],
    ['a\nb.py', {}],
    ['\ud800.py', {}],
    ['é'.repeat(128), {}],
    ['main.py', {}],
    ['main.py/a.py', {}],
    ['a.py', { size: 16 * 1024 * 1024 + 1 }],
    ['a.py', { id: 'a'.repeat(64) }],
  ])('is not made for what no node installs: %j', (path, more) => {
    const wrong = { ...releaseFile(path, Buffer.from('')), ...more };
    expect(() => signRelease([...some, wrong], { privateKey })).toThrow(
      expect.objectContaining({ code: 'RELEASE_FILE' }),
    );
  });
});

/** A change to a file of a list. */
function another(file: ReleaseFile, choice: Random): Partial<ReleaseFile> {
  const digit = file.id.startsWith('0') ? '1' : '0';
  return (
    [{ path: `${file.path}x` }, { size: file.size + 1 }, { id: digit + file.id.slice(1) }][choice.below(3)] ??
    {}
  );
}
