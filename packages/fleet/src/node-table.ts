import { within } from './deadline.ts';
import { FleetError, FleetTimeoutError } from './errors.ts';
import type { NodeState } from './node-state.ts';

/** A node as the fleet sees it. */
export interface NodeView {
  /** As in its topics. */
  readonly name: string;
  /** What it said last. */
  readonly state: NodeState;
  /** The commit it is held to; `null`: it follows its ref. */
  readonly target: string | null;
  /**
   * When it was there for the last time, by this computer's clock: when it said its state, or when the broker told that it is gone. `null`: it
   * was gone before the fleet connected, and the broker does not keep since when.
   */
  readonly lastSeen: Date | null;
}

/** How long to wait for nodes, and what may end it. */
export interface WaitOptions {
  /** @default 60000 */
  readonly timeoutMs?: number;
  /** Ends waiting, not what the nodes do. */
  readonly signal?: AbortSignal;
}

export const defaultWaitMs = 60_000;

/** What is known of the nodes, and who waits for more. */
export class NodeTable {
  readonly #nodes = new Map<string, NodeView>();
  readonly #targets = new Map<string, string>();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  /** All nodes, by name. */
  all(): NodeView[] {
    return [...this.#nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): NodeView | undefined {
    return this.#nodes.get(name);
  }

  /** @param isRetained the broker kept it: it tells nothing of when. */
  setState(name: string, state: NodeState, isRetained: boolean): NodeView {
    const before = this.#nodes.get(name);
    // A last will says only that the node is gone: what it ran is still known.
    const merged = state.online ? state : { ...state, ...before?.state, ...known(state) };
    const isOld = isRetained && !state.online;
    const lastSeen = isOld ? (before?.lastSeen ?? null) : new Date();
    return this.#set({ name, state: merged, target: this.#targets.get(name) ?? null, lastSeen });
  }

  /** @returns the node, if it is known. */
  setTarget(name: string, commit: string | null): NodeView | undefined {
    if (commit === null) this.#targets.delete(name);
    else this.#targets.set(name, commit);
    const view = this.#nodes.get(name);
    return view && this.#set({ ...view, target: commit });
  }

  /** Somebody took its retained state away. @returns whether it was known. */
  forget(name: string): boolean {
    return this.#nodes.delete(name);
  }

  /**
   * Waits until all of these nodes are as wished.
   *
   * @throws FleetTimeoutError that names those which are not; FleetError `FLEET_CLOSED`; the signal's reason.
   */
  async until(
    names: readonly string[],
    isDone: (view: NodeView) => boolean,
    what: string,
    { timeoutMs = defaultWaitMs, signal }: WaitOptions = {},
  ): Promise<NodeView[]> {
    const missing = (): string[] =>
      names.filter((name) => {
        const view = this.#nodes.get(name);
        return !view || !isDone(view);
      });
    let stop = (): void => undefined;
    const done = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.#closed) reject(new FleetError('FLEET_CLOSED', 'the fleet was closed meanwhile'));
        else if (missing().length === 0) resolve();
      };
      this.#waiting.add(look);
      stop = () => {
        this.#waiting.delete(look);
      };
      look();
    });
    try {
      await within(done, timeoutMs, signal, () => new FleetTimeoutError(what, timeoutMs, missing()));
    } finally {
      stop();
    }
    return names.flatMap((name) => this.#nodes.get(name) ?? []);
  }

  /** Who waits is told. */
  close(): void {
    this.#closed = true;
    this.#wakeWaiting();
  }

  #set(view: NodeView): NodeView {
    this.#nodes.set(view.name, view);
    this.#wakeWaiting();
    return view;
  }

  #wakeWaiting(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** The fields of a state that say something. */
function known(state: NodeState): NodeState {
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => value !== null),
  ) as unknown as NodeState;
}
