import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dependencyProblems,
  developmentProblems,
  namedDependencies,
  namedDevelopment,
} from '../docs/dependency-rules.mjs';
import { anchorsOf, linkProblems } from '../docs/links.mjs';

const readme = '# Lamp\n\n## First `example`\n\n## Errors\n\n## Errors\n';
const documents = (text) =>
  new Map([
    ['docs/a.md', text],
    ['README.md', readme],
  ]);
const problems = (text) =>
  linkProblems(documents(text), (path) => ['docs/a.md', 'README.md', 'docs'].includes(path)).problems;

test('headings have the anchors of GitHub', () => {
  assert.deepEqual([...anchorsOf(readme)], ['lamp', 'first-example', 'errors', 'errors-1']);
});

for (const link of [
  '../README.md',
  '../README.md#first-example',
  '#top',
  '.',
  'https://host/a?b#c',
  'mailto:a@host',
]) {
  test(`${link} leads somewhere`, () => {
    assert.deepEqual(problems(`# Top\n\n[link](${link})\n`), []);
  });
}

for (const [link, complaint] of [
  ['../readme.md', 'is not there'],
  ['b.md', 'is not there'],
  ['../README.md#second-example', 'has no such heading'],
  ['#bottom', 'has no such heading'],
  ['../../other/a.md', 'leaves the repository'],
  ['/README.md', 'begins with /, which means something else on every site'],
  ['https://[host/', 'is no address'],
  ['file:///etc/hosts', 'is of a kind that not everybody can open'],
]) {
  test(`${link} ${complaint}`, () => {
    assert.deepEqual(problems(`# Top\n\n| a |\n| --- |\n| [x][1] |\n\n[1]: ${link}\n`), [
      `docs/a.md: ${link}: ${complaint}`,
    ]);
  });
}

test('images are looked for too, and code is not', () => {
  assert.deepEqual(problems('![picture](none.svg) `[a](b.md)`\n\n```\n[a](c.md)\n```\n'), [
    'docs/a.md: none.svg: is not there',
  ]);
});

const table =
  '| library | used by | what for |\n| --- | --- | --- |\n| `a`, `@x/b` | lamp (optional), bell | light |\n\nEnd';
const lamp = {
  name: '@ota/lamp',
  dependencies: { a: '1', '@ota/bell': '1' },
  peerDependencies: { '@x/b': '1' },
};
const bell = { name: '@ota/bell', dependencies: { a: '1', '@x/b': '1' } };

test('a table that names every dependency holds', () => {
  assert.deepEqual(dependencyProblems(namedDependencies(table), [lamp, bell]), []);
});

test('what is missing, unused or used by others is named', () => {
  const check = (text, ...manifests) => dependencyProblems(namedDependencies(text), manifests);
  const more = { ...bell, dependencies: { ...bell.dependencies, c: '1' } };
  assert.deepEqual(check(table, lamp, more), ['`c` is missing (bell)']);
  assert.deepEqual(check(table, lamp), [
    '`a` is used by lamp, not by lamp, bell',
    '`@x/b` is used by lamp, not by lamp, bell',
  ]);
  assert.deepEqual(check(table.replace('`a`,', '`a`, `d`,'), lamp, bell), ['`d` is used by nobody']);
  assert.deepEqual(check(table.replace('| light |', '| |'), lamp, bell), [
    '`a` has no reason',
    '`@x/b` has no reason',
  ]);
});

test('development dependencies have their reasons, or are among those of the runtime', () => {
  const page = `${table}\n\n| development library | what for |\n| --- | --- |\n| \`d\`, \`e\` | tests |\n\nEnd`;
  const check = (text, ...manifests) =>
    developmentProblems(namedDevelopment(text), manifests, namedDependencies(page));
  const root = { name: '@ota/source', private: true, dependencies: { e: '1' }, devDependencies: { a: '1' } };
  const tested = { ...lamp, devDependencies: { d: '1', '@ota/bell': '1' } };
  assert.deepEqual(check(page, root, tested), []);
  assert.deepEqual(check(page, root, { ...tested, devDependencies: { f: '1' } }), [
    '`f` is missing, or has no reason (development)',
    '`d` is used by nobody (development)',
  ]);
  assert.deepEqual(check(page.replace('| tests |', '| |'), root, tested), [
    '`e` is missing, or has no reason (development)',
    '`d` is missing, or has no reason (development)',
  ]);
});
