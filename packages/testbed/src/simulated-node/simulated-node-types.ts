/** Where a simulated node lives and how patient it is. The defaults are those of a node's settings. */
export interface SimulatedNodeOptions {
  readonly name: string;
  readonly broker: {
    readonly host: string;
    readonly port: number;
    readonly username?: string;
    readonly password?: string;
  };
  /** Address of the repository: `http://host:port/owner/name`. */
  readonly remote: string;
  readonly token: string;
  /** @default 'main' */
  readonly branch?: string;
  /** Longest random wait before a reset or a check, in seconds. @default 5 */
  readonly resetJitter?: number;
  /** How long a version has to run to be confirmed, in seconds; 0: it never is, as there is no application to do it. @default 30 */
  readonly trialSeconds?: number;
  /** Silence in seconds after which a request is given up. @default 5 */
  readonly httpTimeout?: number;
  /** Seconds. @default 20 */
  readonly mqttKeepalive?: number;
  /** How long a boot waits for the broker before it starts again, in seconds. @default 60 */
  readonly mqttWait?: number;
  /** From reset to the network: what a board needs to start MicroPython and to join WiFi, in ms. @default 200 */
  readonly bootMs?: number;
  /** What it runs from the beginning, confirmed. Without it the first boot installs. */
  readonly installed?: InstalledVersion;
}

/** One request to Gogs, answered or not. */
export interface SimulatedRequest {
  readonly path: string;
  /** HTTP status; `undefined` where no whole answer came. */
  readonly status: number | undefined;
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly ms: number;
  readonly bytes: number;
}

/** What a simulated node tells of. */
export interface SimulatedNodeEvents {
  /** The connection to the broker was lost; the reset comes after so many ms, drawn from the jitter. */
  lost: [jitterMs: number];
  /** The node starts again. */
  boot: [];
  /** The node looks for an update: now, and not before so many ms after it lost the broker (or was switched on). */
  check: [dueMs: number];
  request: [request: SimulatedRequest];
  /** The node reported itself, `commit` being what it runs. */
  state: [commit: string | null, error: string | null];
}

/** A line of the list that a node keeps of the files it runs. */
export interface TreeLine {
  readonly kind: 'd' | 'f';
  readonly size: number;
  readonly id: string;
  /** Relative to `src`; empty for `src` itself. */
  readonly path: string;
}

/** A version as a node holds it: its list, but not the bytes. */
export interface InstalledVersion {
  readonly commit: string;
  readonly date: string;
  readonly lines: readonly TreeLine[];
}
