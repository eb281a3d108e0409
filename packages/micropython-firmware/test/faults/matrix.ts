import type { Check, Lane } from './lane.ts';
import type { Case, Rig } from './rig.ts';

const attempts = 3;

/** What came of a fault: nothing was installed and the node said why; the update came through whole; or nobody could know. */
export type Outcome = 'refused' | 'harmless' | 'unnoticed';

export interface Result {
  readonly tried: Case;
  readonly boots: boolean;
  readonly outcome: Outcome | undefined;
  /** What went against the law; undefined if all went well. */
  readonly failure: string | undefined;
  /** Why it was tried again: a busy computer may be too slow for a node's deadlines. */
  readonly again: string | undefined;
}

export interface MatrixOptions {
  /** Whether each look for an update is to be a whole boot, for the case of this index. */
  readonly boots: (index: number) => boolean;
  readonly onResult?: (result: Result) => void;
}

/** Tries cases on all lanes at once: a look for an update that meets the fault, and one after it. */
export async function tryAll(
  rig: Rig,
  cases: readonly Case[],
  { boots, onResult }: MatrixOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = cases.map((tried, index) => ({ tried, boots: boots(index) }));
  // Changing between boots and looks within one boot takes time: first the one, then the other.
  queue.sort((a, b) => Number(a.boots) - Number(b.boots));
  const work = async (lane: Lane): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await tryOne(lane, next.tried, next.boots);
      results.push(result);
      onResult?.(result);
    }
  };
  await Promise.all(rig.lanes.map(work));
  return results;
}

async function tryOne(lane: Lane, tried: Case, boots: boolean): Promise<Result> {
  let again: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const verdict = await judge(lane, tried, boots);
    if (typeof verdict === 'string') return { tried, boots, outcome: verdict, failure: undefined, again };
    if (attempt === attempts) {
      const failure = `${describeCase(tried, boots)}: ${verdict.failure}; before that: ${again ?? 'nothing'}`;
      return { tried, boots, outcome: undefined, failure, again };
    }
    again = verdict.failure;
    await lane.powerOff();
  }
}

async function judge(lane: Lane, tried: Case, boots: boolean): Promise<Outcome | { failure: string }> {
  try {
    await lane.server.recover();
    await lane.begin(boots);
    await lane.server.meet(tried);
    const first = await lane.look();
    await lane.server.recover();
    const second = await lane.look();
    const outcome = outcomeOf(tried, first);
    if (!outcome) return { failure: `with the fault: ${JSON.stringify(first)}` };
    if (!isUpToDate(second)) return { failure: `after the fault: ${JSON.stringify(second)}` };
    return outcome;
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function outcomeOf({ kind, request }: Case, check: Check): Outcome | undefined {
  const { status, error, holds } = check;
  if (holds === 'one' && status === 'OTA_error' && error) return 'refused';
  if (kind.mayPass?.(request) && isUpToDate(check)) return 'harmless';
  const isOlderBranch = kind.other === 'commit' && request === 'branch';
  return isOlderBranch && holds === 'one' && status === 'OTA_OK' ? 'unnoticed' : undefined;
}

function isUpToDate({ status, error, holds }: Check): boolean {
  return holds === 'two' && status === 'OTA_OK' && error === null;
}

export function describeCase({ request, kind, place }: Case, boots: boolean): string {
  return `${kind.name} at ${place} of ${request}${boots ? ' (boots)' : ''}`;
}
