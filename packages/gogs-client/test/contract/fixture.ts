import { createHash } from 'node:crypto';
import type { GogsServer } from '@ota/testbed';
import { createGogsClient, type GogsClient, type GogsClientOptions } from '../../src/index.ts';

export const password = 'only-for-tests';
export const unknownId = 'a'.repeat(40);
const author = { name: 'Nadia Node', email: 'nadia@example.test' };
const date = (day: number): Date => new Date(Date.UTC(2026, 0, day, 3, 4, 5));

/** Names that have to survive URLs, JSON and Git's quoting. */
export const oddNames = [
  'a b.txt',
  'p%20q.txt',
  '50%.txt',
  'h#sh.txt',
  'q?.txt',
  'pl+us.txt',
  'quo"te.txt',
  "apo's.txt",
  'amp&<lt>.txt',
  '..dots',
  'naïve.txt',
  '日本.txt',
  '🚀 to the moon.txt',
];

/** No two parts of it are alike, and no chunk of it is text. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at);
  return bytes;
}

export const twentyMegabytes = noise(20 * 1024 * 1024);
export const manyFiles = Object.fromEntries(
  Array.from({ length: 1000 }, (_, index) => [`many/file-${index}.txt`, `content of ${index}\n`]),
);
export const deepPath = `${Array.from({ length: 40 }, (_, level) => `level${level}`).join('/')}/bottom.txt`;

export interface Site {
  readonly server: GogsServer;
  /** Signed in as ann, who owns all. */
  readonly gogs: GogsClient;
  /** Signed in as bob, a stranger. */
  readonly asBob: GogsClient;
  /** ann by password. */
  readonly asPassword: GogsClient;
  readonly anonymous: GogsClient;
  readonly tokens: { readonly ann: string; readonly bob: string };
  /** Of ann/Kit: the tag `v1` is on `first`, main ends at `second`. */
  readonly commits: { readonly first: string; readonly second: string };
  readonly tagObject: string;
  readonly client: (options?: Partial<GogsClientOptions>) => GogsClient;
  /** A repository for one test that changes it. @returns its name. */
  readonly fresh: () => Promise<string>;
}

/** ann/Kit is private and has everything; ann/Open is public; ann/Void is empty. */
export async function prepare(server: GogsServer): Promise<Site> {
  for (const name of ['ann', 'bob']) await server.createUser({ name, password });
  const tokens = {
    ann: await server.createToken('ann', password, 'contract'),
    bob: await server.createToken('bob', password, 'contract'),
  };
  await server.createRepository({ owner: 'ann', name: 'Kit', private: true });
  await server.createRepository({ owner: 'ann', name: 'Open', description: 'for everyone' });
  await server.createRepository({ owner: 'ann', name: 'Void' });
  await server.commitFiles('ann', 'open', { files: { 'README.md': '# Open\n' }, author, date: date(1) });
  const first = await server.commitFiles('ann', 'kit', {
    message: 'First version\n\nWith a body.\n',
    author,
    date: date(1),
    files: {
      'src/main.py': 'print(1)\n',
      'src/lib/a.py': 'a = 1\n',
      'src/empty.txt': '',
      'odd/back\\slash.txt': 'backslash\n',
      'links/link': { symlink: '../src/main.py' },
      'lfs/model.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
      'clash/Readme.txt': 'one\n',
      'clash/README.txt': 'two\n',
      [deepPath]: 'deep\n',
      ...Object.fromEntries(oddNames.map((name) => [`paths/${name}`, `${name}\n`])),
      ...manyFiles,
    },
  });
  const tagObject = await server.createTag('ann', 'kit', { name: 'v1', message: 'Version 1', date: date(2) });
  await server.createTag('ann', 'kit', { name: 'light' });
  await server.commitFiles('ann', 'kit', {
    branch: 'feature/x',
    from: 'main',
    author,
    date: date(2),
    files: { 'src/main.py': 'print("feature")\n' },
  });
  const second = await server.commitFiles('ann', 'kit', {
    message: 'Add a submodule and something large',
    author,
    date: date(3),
    files: {
      'big/20MB.bin': twentyMegabytes,
      'vendor/mod': { submodule: unknownId },
      '.gitmodules': '[submodule "mod"]\n\tpath = vendor/mod\n\turl = https://example.test/mod.git\n',
    },
  });
  const client = (options?: Partial<GogsClientOptions>): GogsClient =>
    createGogsClient({ baseUrl: server.baseUrl, ...options });
  const gogs = client({ token: tokens.ann });
  let made = 0;
  return {
    server,
    gogs,
    asBob: client({ token: tokens.bob }),
    asPassword: client({ basic: { username: 'ann', password } }),
    anonymous: client(),
    tokens,
    commits: { first, second },
    tagObject,
    client,
    fresh: async () => {
      const name = `fresh-${++made}`;
      await server.createRepository({ owner: 'ann', name, private: true });
      await server.commitFiles('ann', name, { files: { 'main.py': 'print(1)\n' }, author, date: date(1) });
      return name;
    },
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
