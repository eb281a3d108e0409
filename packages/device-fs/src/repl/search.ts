import type { Wait } from '../wait.ts';
import type { Inbox } from './inbox.ts';

/**
 * Reads on until `marker` has come; what is behind it stays in the inbox.
 *
 * @returns what came before it.
 */
export async function readUntil(inbox: Inbox, marker: string | Buffer, wait: Wait): Promise<Buffer> {
  const wanted = Buffer.from(marker as string, 'latin1');
  let seen = Buffer.alloc(0);
  for (;;) {
    const from = Math.max(0, seen.length - wanted.length + 1);
    seen = Buffer.concat([seen, await inbox.next(wait)]);
    const at = seen.indexOf(wanted, from);
    if (at < 0) continue;
    inbox.unread(seen.subarray(at + wanted.length));
    return seen.subarray(0, at);
  }
}

/** Exactly `count` bytes. */
export async function readBytes(inbox: Inbox, count: number, wait: Wait): Promise<Buffer> {
  let seen = Buffer.alloc(0);
  while (seen.length < count) seen = Buffer.concat([seen, await inbox.next(wait)]);
  inbox.unread(seen.subarray(count));
  return seen.subarray(0, count);
}
