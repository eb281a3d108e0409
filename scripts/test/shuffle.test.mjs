import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shuffle, tested } from '../shuffle.mjs';

test('every package with tests is shuffled', () => {
  assert.deepEqual(
    ['packages/testbed', 'apps/cli-e2e', 'examples'].filter((folder) => !tested().includes(folder)),
    [],
  );
});

test('each package runs so many times, one after the other, each time with another seed', () => {
  const ran = [];
  let last = 0;
  const failed = shuffle(
    ['a', 'b'],
    2,
    (...words) => ran.push(words) > 0,
    () => ++last,
  );
  assert.deepEqual(ran, [
    ['a', 1],
    ['a', 2],
    ['b', 3],
    ['b', 4],
  ]);
  assert.equal(failed, undefined);
});

test('the first failure ends it and is named', () => {
  const ran = [];
  const failed = shuffle(
    ['a', 'b', 'c'],
    3,
    (folder) => ran.push(folder) < 5,
    () => ran.length,
  );
  assert.deepEqual(ran, ['a', 'a', 'a', 'b', 'b']);
  assert.deepEqual(failed, { folder: 'b', seed: 4 });
});
