import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachableDeclarations } from '../publish/declarations.mjs';
import { publishedManifest, repositoryUrl } from '../publish/manifest.mjs';
import { contentProblems, manifestProblems } from '../publish/package-rules.mjs';
import { stripComments } from '../publish/strip-comments.mjs';

const manifest = {
  name: '@ota/lamp',
  description: 'A lamp',
  keywords: ['lamp'],
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20.19' },
  exports: {
    '.': { '@ota/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  files: ['dist'],
  publishConfig: { access: 'public' },
  devDependencies: { lint: '1.0.0' },
  nx: { name: 'lamp' },
};
const file = (path, bytes = 1000) => ({ path, bytes });
const whole = ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts'].map((path) =>
  file(path),
);

test('what is published names no sources, no Nx and no development dependencies', () => {
  const { exports, devDependencies, nx, ...kept } = publishedManifest(manifest);
  assert.deepEqual(exports['.'], { types: './dist/index.d.ts', default: './dist/index.js' });
  assert.equal(exports['./package.json'], './package.json');
  assert.deepEqual([devDependencies, nx, kept.repository], [undefined, undefined, undefined]);
  assert.equal(kept.license, 'MIT');
});

test('the repository is the one that publishes', () => {
  const url = 'git+https://host/team/ota.git';
  assert.deepEqual(publishedManifest(manifest, { url, directory: 'packages/lamp' }).repository, {
    type: 'git',
    url,
    directory: 'packages/lamp',
  });
  const actions = { GITHUB_SERVER_URL: 'https://host', GITHUB_REPOSITORY: 'team/ota' };
  assert.equal(repositoryUrl(actions, 'git@other:fork.git'), url);
});

for (const [remote, expected] of [
  ['https://user:secret@host/team/ota.git\n', 'git+https://host/team/ota.git'],
  ['https://host/team/ota/', 'git+https://host/team/ota.git'],
  ['http://host:3000/team/ota', 'git+http://host:3000/team/ota.git'],
  ['git@host:team/ota.git', 'git+ssh://git@host/team/ota.git'],
  ['ssh://git@host:2222/team/ota.git', 'git+ssh://git@host:2222/team/ota.git'],
  ['/srv/git/ota', undefined],
  ['', undefined],
]) {
  test(`the remote ${JSON.stringify(remote)} is ${expected ?? 'no address'}`, () => {
    assert.equal(repositoryUrl({}, remote), expected);
  });
}

test('a package that is fit has no problems', () => {
  assert.deepEqual(manifestProblems(publishedManifest(manifest)), []);
  assert.deepEqual(contentProblems(manifest.name, whole), []);
});

test('everything that is missing in package.json is named', () => {
  for (const field of ['description', 'keywords', 'license', 'engines', 'files', 'sideEffects']) {
    const { [field]: left, ...rest } = publishedManifest(manifest);
    assert.deepEqual(manifestProblems(rest), [`package.json has no "${field}"`], String(left));
  }
  assert.match(manifestProblems(manifest).join(), /"exports" names sources/);
  const placeholder = { url: 'git+https://example.org/ota.git', directory: 'x' };
  assert.match(manifestProblems(publishedManifest(manifest, placeholder)).join(), /placeholder/);
});

for (const path of ['test/a.js', 'dist/a.test.js', 'dist/a.js.map', 'src/index.ts', 'dist/x.tsbuildinfo']) {
  test(`${path} does not belong into a package`, () => {
    assert.deepEqual(contentProblems(manifest.name, [...whole, file(path)]), [
      `${path} does not belong there`,
    ]);
  });
}

test('a package is small, or one of the exceptions', () => {
  const large = [...whole, file('dist/data.bin', 400_000)];
  const allow = (name, bytes) => new Map([[name, bytes]]);
  assert.match(contentProblems(manifest.name, large).join(), /bytes unpacked; 300000 are allowed/);
  assert.deepEqual(contentProblems(manifest.name, large, allow('@ota/lamp', 410_000)), []);
  assert.match(
    contentProblems(manifest.name, large, allow('@ota/lamp', 390_000)).join(),
    /390000 are allowed/,
  );
  assert.match(
    contentProblems(manifest.name, large, allow('@ota/sun', 410_000)).join(),
    /300000 are allowed/,
  );
});

test('of JavaScript the comments are left out and nothing else', () => {
  const source = `#!/usr/bin/env node
/*! Copyright: some notice */
// a line of explanation
import './effects.js'; // has effects
import { unused } from './names.js';

/**
 * A lamp.
 */
export class Lamp {
    #bulb = 'https://bulb // not a comment'; // a comment
    pattern = /\\/\\*[^/]/; /* another */ size = 1;
    /** Lights it. */
    light(/* seconds */ longName = 1) {
        // why
        if (longName < 0) return /* on
          two lines */ longName;
        return \`/* text */ \${longName /* how long */} // text\`;
        // @license of what is above
    }
}
// the end`;
  const stripped = stripComments(source);
  assert.equal(
    stripped,
    `#!/usr/bin/env node
/*! Copyright: some notice */
import './effects.js';
import { unused } from './names.js';

export class Lamp {
    #bulb = 'https://bulb // not a comment';
    pattern = /\\/\\*[^/]/;  size = 1;
    light( longName = 1) {
        if (longName < 0) return 
 longName;
        return \`/* text */ \${longName } // text\`;
        // @license of what is above
    }
}
`,
  );
  assert.equal(stripComments(stripped), stripped);
  assert.throws(() => stripComments('light(longName = 1) { return'), /expected/);
});

test('of the declarations those are published that an import leads to', async () => {
  const texts = {
    'dist/index.d.ts': "export { Lamp } from './lamp.js'; import './globals.js'; export * from 'zod';",
    'dist/lamp.d.ts': "export declare class Lamp { bulb: import('./parts/bulb.ts').Bulb; }",
    'dist/parts/bulb.d.ts': "import type { Lamp } from '../lamp.js'; export interface Bulb { in: Lamp }",
    'dist/globals.d.ts': 'export {};',
    'dist/inside.d.ts': 'export {};',
  };
  const reached = await reachableDeclarations(manifest.exports, async (path) => texts[path]);
  assert.deepEqual(
    [...reached].sort(),
    Object.keys(texts)
      .filter((path) => !path.includes('inside'))
      .sort(),
  );
});
