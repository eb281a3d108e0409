import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { ask, type Question, type Reply } from './ask.ts';
import type { GogsServer, TreeFile } from '../../src/gogs/gogs-server.ts';

export const password = 'only-for-tests';
export const unknownId = 'a'.repeat(40);
export const failureBody = {
  message: 'Something went wrong, please check the server logs for more information.',
  url: 'https://github.com/gogs/docs-api',
};

const author = { name: 'Nadia Node', email: 'nadia@example.test' };
const date = (day: number): Date => new Date(Date.UTC(2026, 0, day, 3, 4, 5));

/** Every byte there is, 40 times: no text, and too long for an answer with a Content-Length. */
export const binary = Buffer.from(Array.from({ length: 10_240 }, (_, index) => index % 256));
export const longText = `${'x'.repeat(80)}\n`.repeat(100);

/** Names that have to survive URL and JSON encoding. */
export const oddNames = [
  'a b.txt',
  'p%20q.txt',
  'h#sh.txt',
  'q?.txt',
  'pl+us.txt',
  'quo"te.txt',
  "apo's.txt",
  'amp&<lt>.txt',
  'semi;,=.txt',
  '(x)[y]{z}.txt',
  'colon:at@.txt',
  'tab\there.txt',
  '..dots',
  '~tilde',
  'naïve.txt',
  '日本.txt',
  '🚀.txt',
];

export const kitFiles: Readonly<Record<string, TreeFile>> = {
  'src/main.py': 'print(1)\n',
  'src/empty.txt': '',
  'src/binary.dat': binary,
  'src/small.dat': Buffer.from([0, 1, 2, 255]),
  'src/long.txt': longText,
  'src/lib/deep/a.py': 'a = 1\n',
  'src/run.sh': { executable: '#!/bin/sh\n' },
  'src/dangling': { symlink: 'nowhere/at all' },
  link: { symlink: 'src/main.py' },
  'odd/back\\slash.txt': 'backslash\n',
  ...Object.fromEntries(oddNames.map((name) => [`odd/${name}`, `${name}\n`])),
};

export interface Site {
  readonly gogs: GogsServer;
  /** ann owns everything, bob is a stranger, sia is a site admin. */
  readonly tokens: { readonly ann: string; readonly bob: string; readonly sia: string };
  /** Of ann/Kit: `first` has a body and a second line, `second` is the tip of main. */
  readonly commits: { readonly first: string; readonly second: string };
  readonly annotatedTagId: string;
  /** A request with ann's token, below /api/v1/repos/. */
  readonly repo: (path: string, question?: Question) => Promise<Reply>;
  /** A request below /api/v1. */
  readonly api: (path: string, question?: Question) => Promise<Reply>;
  /** A repository of ann's for one test that changes it. @returns its name. */
  readonly fresh: (files?: Readonly<Record<string, TreeFile>>) => Promise<string>;
}

/** What the read-only tests look at: ann/Kit is private, ann/Open public, ann/Void public and empty. */
export async function prepare(gogs: GogsServer): Promise<Site> {
  for (const name of ['ann', 'bob']) await gogs.createUser({ name, password });
  await gogs.createUser({ name: 'sia', password, admin: true });
  const token = (name: string): Promise<string> => gogs.createToken(name, password, 'contract');
  const tokens = { ann: await token('ann'), bob: await token('bob'), sia: await token('sia') };

  await gogs.createRepository({ owner: 'ann', name: 'Kit', private: true });
  await gogs.createRepository({ owner: 'ann', name: 'Open', description: 'for everyone' });
  await gogs.createRepository({ owner: 'ann', name: 'Void' });
  await gogs.commitFiles('ann', 'open', { files: { 'README.md': '# Open\n' }, author, date: date(1) });

  const commit = (message: string, day: number, change: Parameters<GogsServer['commitFiles']>[2]) =>
    gogs.commitFiles('ann', 'kit', { message, author, date: date(day), ...change });
  const first = await commit('First version\n\nWith a body.\n', 1, { files: kitFiles });
  await commit('A feature', 2, {
    branch: 'feature/x',
    from: 'main',
    files: { 'src/main.py': 'print("feature")\n' },
  });
  await commit('A submodule nobody knows', 2, {
    branch: 'bare-submodule',
    from: first,
    files: { mod: { submodule: unknownId } },
  });
  await commit('Nothing in it', 2, { branch: 'empty-tree' });
  const annotatedTagId = await gogs.createTag('ann', 'kit', {
    name: 'v1',
    target: first,
    message: 'Version 1',
    date: date(2),
  });
  await gogs.createTag('ann', 'kit', { name: 'light', target: first });
  const second = await commit('Add a submodule', 3, {
    files: {
      'vendor/mod': { submodule: unknownId },
      '.gitmodules': '[submodule "mod"]\n\tpath = vendor/mod\n\turl = https://example.test/mod.git\n',
    },
  });

  let created = 0;
  const api: Site['api'] = (path, question) => ask(gogs.baseUrl, `/api/v1${path}`, question);
  return {
    gogs,
    tokens,
    commits: { first, second },
    annotatedTagId,
    api,
    repo: (path, question) => api(`/repos/${path}`, { token: tokens.ann, ...question }),
    fresh: async (files = { 'main.py': 'print(1)\n' }) => {
      const name = `fresh-${++created}`;
      await gogs.createRepository({ owner: 'ann', name, private: true });
      await gogs.commitFiles('ann', name, { files, author, date: date(1) });
      return name;
    },
  };
}

/** The id Git gives a file: what every download is checked against. */
export function blobId(content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Path encoding that leaves nothing to chance but the slashes. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Runs something in a temporary folder. */
export async function inFolder<T>(prefix: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(prefix);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
