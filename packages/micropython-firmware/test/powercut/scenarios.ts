import type { FlashImage } from '@ota/testbed';
import type { Rig } from './rig.ts';
import { namedApplication, type Version } from './versions.ts';

/** A boot during which the power is cut, and what may and must come of it. */
export interface Scenario {
  readonly name: string;
  /** The flash before the boot. */
  readonly image: FlashImage;
  readonly network: boolean;
  /** What runs at the end of this boot when nothing is cut. */
  readonly completes: string;
  /** Those that may run afterwards. */
  readonly versions: readonly Version[];
  /** The one that runs in the end, with network. */
  readonly target: string;
}

type Files = Readonly<Record<string, string>>;

const oldest: Files = { 'main.py': namedApplication('oldest', true), 'gone/a.py': 'A = 0\n' };
const old: Files = {
  'main.py': namedApplication('old', true),
  'lib/same.py': 'SAME = 1\n',
  'lib/deep/changes.py': 'CHANGES = 1\n',
  'goes.py': 'GOES = 1\n',
  turns: 'a file that becomes a folder\n',
  'empty.txt': '',
};
const fresh = (confirm: boolean): Files => ({
  'main.py': namedApplication(confirm ? 'sure' : 'fresh', confirm),
  'lib/same.py': 'SAME = 1\n',
  'lib/deep/changes.py': 'CHANGES = 2\n',
  'lib/deep/er/added.py': 'ADDED = 1\n',
  'turns/now.py': 'NOW = 1\n',
  'empty.txt': '',
});

/** Everything that a node does to its flash, one boot after the other. */
export async function scenarios(rig: Rig): Promise<Scenario[]> {
  before = [];
  const first = await commit(rig, 'oldest', oldest);
  const withFirst = await rig.boot(rig.empty, true, 'oldest');
  const second = await commit(rig, 'old', old);
  const withSecond = await rig.boot(withFirst.image, true, 'old');

  // Made of the two versions that run: the newest is pushed last, since the branch is where the network leads to.
  const sure = await commit(rig, 'sure', fresh(true));
  const confirm: Scenario = {
    name: 'install and confirm',
    image: withSecond.image,
    network: true,
    completes: 'sure',
    versions: [second, sure],
    target: 'sure',
  };
  return [confirm, ...(await scenariosOfTrial(rig, withSecond.image, [first, second, sure]))];
}

/** The branch goes on to a version that does not confirm itself, after the first scenario is through. */
async function scenariosOfTrial(
  rig: Rig,
  image: FlashImage,
  [, second, sure]: readonly Version[],
): Promise<Scenario[]> {
  if (!second || !sure) return [];
  const withSure = await rig.boot(image, true, 'sure');
  const sealed = await cutBeforeSwap(rig, image);
  return [
    {
      name: 'recovery of a whole stage, offline',
      image: sealed,
      network: false,
      completes: 'sure',
      versions: [second, sure],
      target: 'sure',
    },
    {
      name: 'return to the version before, offline',
      image: onTrial(withSure.image, sure, 0),
      network: false,
      completes: 'old',
      versions: [second, sure],
      target: 'old',
    },
    {
      name: 'start on trial',
      image: onTrial(withSure.image, sure, 3),
      network: false,
      completes: 'sure',
      versions: [second, sure],
      target: 'sure',
    },
  ];
}

/** The flash as it is when the new version is sealed and not yet in its place. */
async function cutBeforeSwap(rig: Rig, image: FlashImage): Promise<FlashImage> {
  const { operations } = await rig.boot(image, true, 'sure');
  const seal = operations.findIndex(({ kind, path }) => kind === 'close' && path === '/next/.version');
  return rig.cut(image, true, seal + 2, 'before');
}

/** The same flash with its version on trial, and so many starts left. */
function onTrial(image: FlashImage, { commit: id }: Version, left: number): FlashImage {
  const good = Buffer.from(image.files.get('/prev/.version') ?? []).toString();
  const journal = { good, trial: id, left, bad: [], error: null, reverted: null };
  const files = new Map(image.files).set('/ota.json', Buffer.from(JSON.stringify(journal)));
  return { files, directories: [...image.directories] };
}

let before: readonly string[] = [];

async function commit(rig: Rig, name: string, files: Files): Promise<Version> {
  const paths = Object.keys(files).map((path) => `src/${path}`);
  const id = await rig.site.commit({
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [`src/${path}`, text])),
    remove: before.filter((path) => !paths.includes(path)),
  });
  before = paths;
  return { name, commit: id, files };
}
