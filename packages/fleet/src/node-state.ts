import { z } from 'zod';
import { parsePayload } from './payloads.ts';

const text = z.string().nullable().default(null);
const count = z.number().nullable().default(null);

/** A last will carries `node` and `online` only; fields a node does not know yet are null. */
const schema = z.object({
  node: z.string(),
  online: z.boolean(),
  version: text,
  previous: text,
  state: text,
  ref: text,
  error: text,
  boots: count,
  heap: count,
  firmware: text,
  since: text,
  // Somebody else's command may have had a number for its id.
  cmd: z
    .union([z.string(), z.number().transform(String)])
    .nullable()
    .catch(null)
    .default(null),
});

/** What a node says of itself on `<node>/ota/state`. */
export interface NodeState {
  /** The node's name. */
  readonly node: string;
  /** False in its last will, which the broker publishes for it. */
  readonly online: boolean;
  /** Commit id of the running version. */
  readonly version: string | null;
  /** Commit id of the version before. */
  readonly previous: string | null;
  /** `trial`, `confirmed`, `reverted` or `none`. */
  readonly state: string | null;
  /** The ref that the node follows. */
  readonly ref: string | null;
  /** Why the last update or application failed, in words. */
  readonly error: string | null;
  /** Boots since its power came on. */
  readonly boots: number | null;
  /** Free heap in bytes. */
  readonly heap: number | null;
  /** MicroPython's version. */
  readonly firmware: string | null;
  /** When the node started, ISO 8601 in UTC. */
  readonly since: string | null;
  /** The id of the last command that the node took. */
  readonly cmd: string | null;
}

/**
 * A node's state, from a payload of `<node>/ota/state`.
 *
 * @throws FleetError with code `FLEET_PAYLOAD`, which names the topic and what is wrong, not the payload.
 * @example
 * const { online, version } = parseState('lamp/ota/state', '{"node": "lamp", "online": false}'); // false, null
 */
export function parseState(topic: string, payload: string): NodeState {
  return parsePayload(schema, topic, payload, "a node's state");
}
