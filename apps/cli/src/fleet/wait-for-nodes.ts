import type { Fleet, NodeState, NodeView } from '@ota/fleet';

export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits until each of these nodes has started again. @returns the names of those that have not in time. */
export function untilRestarted(
  fleet: Fleet,
  before: readonly NodeView[],
  patience: Patience,
): Promise<string[]> {
  const states = new Map(before.map(({ name, state }) => [name, state]));
  return until(fleet, [...states.keys()], patience, ({ name, state }) => {
    const was = states.get(name);
    return state.online && was !== undefined && startedAgain(was, state);
  });
}

/** Waits until each of these nodes runs a version, named by its id or the beginning of it. @returns who does not in time. */
export function untilVersion(
  fleet: Fleet,
  names: readonly string[],
  version: string,
  patience: Patience,
): Promise<string[]> {
  return until(
    fleet,
    names,
    patience,
    ({ state }) => state.online && state.version?.startsWith(version) === true,
  );
}

/** A node counts its boots since power came on, and tells when it started, if it has a clock. */
function startedAgain(before: NodeState, now: NodeState): boolean {
  return now.boots !== before.boots || now.since !== before.since;
}

async function until(
  fleet: Fleet,
  names: readonly string[],
  { timeoutMs, signal }: Patience,
  isDone: (view: NodeView) => boolean,
): Promise<string[]> {
  const missing = new Set(names);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    for await (const view of fleet.changes({ signal: AbortSignal.any([signal, late]) })) {
      if (missing.has(view.name) && isDone(view)) missing.delete(view.name);
      if (missing.size === 0) break;
    }
  } catch (error) {
    if (signal.aborted || !late.aborted) throw error;
  }
  return [...missing];
}
