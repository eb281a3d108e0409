import type { Site } from '@ota/testbed';
import { namedApplication, type Version } from '../powercut/versions.ts';

// Large enough that the server sends it in chunks.
const table = (step: number): string =>
  Array.from({ length: 700 }, (_, index) => `${(index * step) % 997}\n`).join('');

const one = {
  'main.py': namedApplication('one', true),
  'data/table.txt': table(7),
  'lib/same.py': 'SAME = 1\n',
  'lib/deep/changes.py': 'CHANGES = 1\n',
  'lib/deep/goes.py': 'GOES = 1\n',
};
const two = {
  'main.py': namedApplication('two', true),
  'data/table.txt': table(11),
  'lib/same.py': 'SAME = 1\n',
  'lib/deep/changes.py': 'CHANGES = 2\n',
  'lib/deep/comes.py': 'COMES = 1\n',
};

/** The version that nodes run when the faults begin. */
export async function commitOne(site: Site): Promise<Version> {
  return commit(site, 'one', one);
}

/** The version that they are to get: something changed, came and went in every folder. */
export async function commitTwo(site: Site): Promise<Version> {
  return commit(site, 'two', two, ['lib/deep/goes.py']);
}

async function commit(
  site: Site,
  name: string,
  files: Readonly<Record<string, string>>,
  remove: readonly string[] = [],
): Promise<Version> {
  const id = await site.commit({
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [`src/${path}`, text])),
    remove: remove.map((path) => `src/${path}`),
  });
  return { name, commit: id, files };
}
