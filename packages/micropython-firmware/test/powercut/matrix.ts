import type { FlashImage } from '@ota/testbed';
import { wrongWith, type Boot, type Rig } from './rig.ts';
import type { Scenario } from './scenarios.ts';
import { stateOf } from './versions.ts';

/** What cutting the power all through one scenario brought to light. */
export interface Result {
  readonly scenario: string;
  readonly operations: number;
  readonly cuts: number;
  readonly doubleCuts: number;
  /** How many different flashes the cuts left behind; each was booted. */
  readonly states: number;
  readonly failures: readonly string[];
}

export interface MatrixOptions {
  /** Only every so many operations; 1 is all. */
  readonly every?: number;
  /** Leave the second cut out. */
  readonly single?: boolean;
  /**
   * Second cuts with network come at every so many operations of that boot, beginning at another one for each flash, so
   * that all are cut in the end. @default 60
   */
  readonly everyOnline?: number;
}

/** What boots on one content of the flash came to. */
interface Verdict {
  readonly offline: Boot;
  readonly online: Boot;
  readonly wrong: readonly string[];
}

type Point = readonly [at: number, phase: 'before' | 'during'];

/** Cuts the power before every operation and in the middle of every write of a scenario, and once more in the boot after. */
export async function cutEverywhere(
  rig: Rig,
  scenario: Scenario,
  { every = 1, single = false, everyOnline = 60 }: MatrixOptions = {},
): Promise<Result> {
  // A loss of power leaves nothing but the flash: what boots on one content of it is tried once.
  const verdicts = new Map<string, Promise<Verdict>>();
  const doubles = new Map<string, Promise<number>>();
  const onlineDoubles = new Map<string, Promise<number>>();
  const online = new Map<string, Promise<Boot>>();
  const failures: string[] = [];
  const judge = async (image: FlashImage, what: string): Promise<Verdict> => {
    const verdict = await remember(verdicts, stateOf(image), () => judgeState(rig, scenario, image, online));
    for (const wrong of verdict.wrong) failures.push(`${scenario.name}, ${what}: ${wrong}`);
    return verdict;
  };
  const cutBoot = async (
    image: FlashImage,
    network: boolean,
    second: Point[],
    what: string,
  ): Promise<number> => {
    await Promise.all(
      second.map(async ([at, phase]) => {
        await judge(await rig.cut(image, network, at, phase), `${what} ${phase} ${at}`);
      }),
    );
    return second.length;
  };
  const cutAgain = async (
    image: FlashImage,
    { offline, online }: Verdict,
    where: string,
  ): Promise<number> => {
    const recovery = points(offline, every);
    const count = await cutBoot(image, false, recovery, `${where}, then without network`);
    const after = await remember(onlineDoubles, stateOf(offline.image), async () => {
      const some = points(online, 1).filter(
        (_, index) => index % everyOnline === onlineDoubles.size % everyOnline,
      );
      return cutBoot(offline.image, true, some, `${where}, then with network`);
    });
    return count + after;
  };
  const whole = await rig.boot(scenario.image, scenario.network, [scenario.completes], scenario);
  const wrong = wrongWith(whole, scenario);
  if (wrong !== undefined) failures.push(`${scenario.name}, without a cut: ${wrong}`);
  const first = points(whole, every);
  const counts = await Promise.all(
    first.map(async ([at, phase]) => {
      const image = await rig.cut(scenario.image, scenario.network, at, phase, scenario);
      const where = `${phase} ${at} (${describeOperation(whole, at)})`;
      const verdict = await judge(image, where);
      return single ? 0 : remember(doubles, stateOf(image), () => cutAgain(image, verdict, where));
    }),
  );
  return {
    scenario: scenario.name,
    operations: whole.operations.length,
    cuts: first.length,
    doubleCuts: counts.reduce((total, count) => total + count, 0),
    states: verdicts.size,
    failures,
  };
}

async function remember<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

async function judgeState(
  rig: Rig,
  scenario: Scenario,
  image: FlashImage,
  onlineBoots: Map<string, Promise<Boot>>,
): Promise<Verdict> {
  const { mayBeEmpty = false } = scenario;
  const offline = await rig.boot(image, false, undefined, { mayBeEmpty });
  const wrong: string[] = [];
  const offlineWrong = wrongWith(offline, scenario);
  if (offlineWrong !== undefined) wrong.push(`without network: ${offlineWrong}`);
  const online = await remember(onlineBoots, stateOf(offline.image), () =>
    rig.boot(offline.image, true, scenario.targets),
  );
  const onlineWrong = wrongWith(online, { ...scenario, mayBeEmpty: false });
  if (onlineWrong !== undefined) wrong.push(`with network: ${onlineWrong}`);
  else if (!scenario.targets.includes(online.name ?? ''))
    wrong.push(`with network ${online.name ?? ''} ran, not ${scenario.targets.join(' or ')}`);
  return { offline, online, wrong };
}

function points({ operations }: Boot, every: number): Point[] {
  return operations.flatMap(({ kind }, index): Point[] => {
    if (index % every !== 0) return [];
    return kind === 'write'
      ? [
          [index + 1, 'before'],
          [index + 1, 'during'],
        ]
      : [[index + 1, 'before']];
  });
}

function describeOperation({ operations }: Boot, at: number): string {
  const operation = operations[at - 1];
  return operation ? `${operation.kind} ${operation.path}` : '';
}
