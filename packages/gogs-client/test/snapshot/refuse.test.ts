import { describe, expect, it } from 'vitest';
import { checkEntries } from '../../src/snapshot/refuse.ts';
import { GogsRefusedPathError } from '../../src/errors.ts';

function refused(paths: readonly string[], type: 'blob' | 'commit' = 'blob', folder = ''): unknown {
  try {
    checkEntries(
      paths.map((path) => ({ path, type, size: 1, sha: '0'.repeat(40) })),
      folder,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof GogsRefusedPathError)) throw error;
    return [error.reason, error.paths];
  }
}

describe('a listing', () => {
  it.each([
    '..',
    'a/..',
    '.',
    'a/.',
    '',
    'a/',
    'b\\c',
    '..\\x',
    'nul\0',
    '.git',
    'x/.GIT',
    '.Git ',
    'git~1',
    '.git.',
  ])('is refused for the name %j', (path) => {
    expect(refused(['fine.txt', path])).toEqual(['unsafe-name', [path]]);
  });

  it.each(['...', '.gitignore', 'x.git', '..dots', 'a b', '~', 'C:x', 'ünï'])(
    'is fine with the name %j',
    (path) => {
      expect(refused([path])).toBeUndefined();
    },
  );

  it.each([
    ['Readme', 'README'],
    ['a/x', 'A/x'],
    ['a', 'A/x', 'A'],
    ['straße', 'STRASSE'],
    ['caf\u00e9', 'cafe\u0301'],
    ['\u212a', 'k'],
  ])('is refused for names that some disk takes for one: %j', (...paths) => {
    expect(refused(paths)).toEqual(['collision', expect.arrayContaining([paths[0]])]);
  });

  it('is refused with every submodule, named from the root of the repository', () => {
    expect(refused(['a', 'b/c'], 'commit', 'src')).toEqual(['submodule', ['src/a', 'src/b/c']]);
  });
});
