import { z } from 'zod';
import { FleetError } from './errors.ts';

const commit = z.string().regex(/^[0-9a-f]{40}$/, 'is not a commit id of 40 hex digits');

const command = z.object({
  cmd: z.enum(['check', 'reset', 'rollback']),
  /** Echoed by the node's state. Nodes take any JSON value; what this package sends is a text. */
  id: z.string().nullable().default(null),
});

/**
 * What is published on `ota/cmd/<node>`: look for an update, restart, return to the previous version.
 *
 * @useDeclaredType
 */
export type Command = z.infer<typeof command>;

const target = z.object({ commit });

/**
 * What is published, retained, on `ota/target/<node>`.
 *
 * @useDeclaredType
 */
export type Target = z.infer<typeof target>;

const status = z.enum(['OTA_OK', 'OTA_error']);

/**
 * Whether a node's look for an update went well.
 *
 * @useDeclaredType
 */
export type Status = z.infer<typeof status>;

/**
 * A command, from a payload of `ota/cmd/<node>`.
 *
 * @throws FleetError with code `FLEET_PAYLOAD`, which names the topic and what is wrong.
 * @example
 * parseCommand('ota/cmd/lamp', '{"cmd": "check"}'); // { cmd: 'check', id: null }
 */
export function parseCommand(topic: string, payload: string): Command {
  return parsePayload(command, topic, payload, 'a command');
}

/**
 * The commit that a node is held to, from a payload of `ota/target/<node>`: an empty one takes it away.
 *
 * @returns `null` where the target was taken away.
 * @throws FleetError with code `FLEET_PAYLOAD`, which names the topic and what is wrong.
 * @example
 * parseTarget('ota/target/lamp', ''); // null
 */
export function parseTarget(topic: string, payload: string): Target | null {
  return payload === '' ? null : parsePayload(target, topic, payload, 'a target');
}

/**
 * Whether a look for an update went well, from a payload of `<node>/boot/status`.
 *
 * @throws FleetError with code `FLEET_PAYLOAD`, which names the topic and what is wrong.
 * @example
 * parseStatus('lamp/boot/status', 'OTA_OK'); // 'OTA_OK'
 */
export function parseStatus(topic: string, payload: string): Status {
  return checked(status, topic, payload, 'a status');
}

/** @throws FleetError `FLEET_OPTION`, before anything is sent. */
export function targetPayload(id: string): string {
  if (commit.safeParse(id).success) return JSON.stringify({ commit: id } satisfies Target);
  throw new FleetError('FLEET_OPTION', `a target is a commit id of 40 hex digits, not "${id}"`);
}

/** @throws FleetError with code `FLEET_PAYLOAD`, which names the topic and what is wrong, not the payload. */
export function parsePayload<T>(schema: z.ZodType<T>, topic: string, payload: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (cause) {
    const message = `${topic} holds no JSON: is another program publishing there?`;
    throw new FleetError('FLEET_PAYLOAD', message, { cause });
  }
  return checked(schema, topic, value, what);
}

function checked<T>(schema: z.ZodType<T>, topic: string, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const reason = [...(issue?.path ?? []), issue?.message ?? ''].join(' ');
  throw new FleetError('FLEET_PAYLOAD', `${topic} is not ${what}: ${reason}`);
}
