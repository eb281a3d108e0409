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
  /** Those of which one runs in the end, with network. */
  readonly targets: readonly string[];
  /** Sent when the application runs: the boot after it is what completes. */
  readonly command?: string;
  /** Whether there may be no application yet. */
  readonly mayBeEmpty?: boolean;
  /** Runs on trial: it must never count as confirmed. */
  readonly unproven?: Version;
  /** What `/prev` holds all the time. */
  readonly previous?: Version;
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
  const withFirst = await rig.boot(rig.empty, true, ['oldest']);
  const second = await commit(rig, 'old', old);
  const withSecond = await rig.boot(withFirst.image, true, ['old']);
  const third = await commit(rig, 'fresh', fresh(false));
  const withThird = await rig.boot(withSecond.image, true, ['fresh']);
  // Pushed last, since the branch is where the network leads to.
  const sure = await commit(rig, 'sure', fresh(true));
  const online = { network: true, completes: 'sure', targets: ['sure'] };
  return [
    { ...online, name: 'install and confirm', image: withSecond.image, versions: [second, sure] },
    { ...online, name: 'install the first version', image: rig.empty, versions: [sure], mayBeEmpty: true },
    {
      ...online,
      name: 'install over a stage of another one',
      image: withStage(withSecond.image, first),
      versions: [second, sure],
    },
    {
      ...online,
      name: 'install during a trial',
      image: withThird.image,
      versions: [second, third, sure],
      unproven: third,
    },
    ...(await scenariosOfTrial(rig, withSecond.image, second, sure)),
  ];
}

/** What happens to the newest version when it is there. */
async function scenariosOfTrial(
  rig: Rig,
  image: FlashImage,
  second: Version,
  sure: Version,
): Promise<Scenario[]> {
  const withSure = await rig.boot(image, true, ['sure']);
  const sealed = await cutBeforeSwap(rig, image);
  const offline = { network: false, completes: 'sure', targets: ['sure'], versions: [second, sure] };
  return [
    { ...offline, name: 'recovery of a whole stage, offline', image: sealed },
    {
      ...offline,
      name: 'recovery of a repair, offline',
      image: damaged(withSure.image, sealed),
      versions: [sure],
      previous: second,
    },
    {
      ...offline,
      name: 'return to the version before, offline',
      image: onTrial(withSure.image, sure, 0),
      completes: 'old',
      // Not the version that failed, in no boot.
      versions: [second],
      targets: ['old'],
    },
    { ...offline, name: 'start on trial', image: onTrial(withSure.image, sure, 3) },
    {
      ...offline,
      name: 'rollback by command',
      image: withSure.image,
      network: true,
      command: 'rollback',
      completes: 'old',
      // What was cut before it was written down did not happen.
      targets: ['old', 'sure'],
    },
  ];
}

/** The same flash with the beginning of a stage that nobody wants any more. */
function withStage(image: FlashImage, { commit: id, files }: Version): FlashImage {
  const stage = new Map(image.files).set('/next/.tree', Buffer.from(`c 0 ${id} \n`));
  for (const [path, text] of Object.entries(files)) {
    if (!path.includes('/')) stage.set(`/next/${path}`, Buffer.from(text));
  }
  return { files: stage, directories: [...image.directories, '/next'] };
}

/** The flash with one file damaged, and beside it the same version once more, sealed. */
function damaged(image: FlashImage, sealed: FlashImage): FlashImage {
  const files = new Map(image.files).set('/src/main.py', Buffer.from('damaged\n'));
  for (const [path, bytes] of sealed.files) if (path.startsWith('/next/')) files.set(path, bytes);
  const directories = sealed.directories.filter((path) => path === '/next' || path.startsWith('/next/'));
  return { files, directories: [...image.directories, ...directories] };
}

/** The flash as it is when the new version is sealed and not yet in its place. */
async function cutBeforeSwap(rig: Rig, image: FlashImage): Promise<FlashImage> {
  const { operations } = await rig.boot(image, true, ['sure']);
  const seal = operations.findIndex(({ kind, path }) => kind === 'close' && path === '/next/.version');
  return rig.cut(image, true, seal + 2, 'before');
}

/** The same flash with its version on trial, and so many starts left. */
function onTrial(image: FlashImage, { commit: id }: Version, left: number): FlashImage {
  const good = Buffer.from(image.files.get('/prev/.version') ?? []).toString();
  const journal = { good, trial: id, left, boots: 0, bad: [], error: null, reverted: null };
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
