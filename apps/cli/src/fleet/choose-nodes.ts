import type { Fleet, NodeView } from '@ota/fleet';
import { exitCode } from '../exit-code.ts';
import { CliError } from '../framework/cli-error.ts';

/** The named nodes, or all. @throws CliError NO_NODE for one that the broker does not know. */
export function knownNodes(fleet: Fleet, names: readonly string[]): NodeView[] {
  const all = fleet.nodes();
  if (names.length === 0) return all;
  const unknown = names.filter((name) => !fleet.node(name));
  if (unknown.length === 0) return all.filter(({ name }) => names.includes(name));
  const list = all.map(({ name }) => name).join(', ') || 'none';
  throw new CliError(
    'NO_NODE',
    exitCode.failed,
    `the broker knows no node ${unknown.join(', ')} (it knows: ${list}); a node is known once it was online`,
  );
}

/** All nodes that are online. @throws CliError NO_NODE where there is none. */
export function onlineNodes(fleet: Fleet): NodeView[] {
  const online = fleet.nodes().filter(({ state }) => state.online);
  if (online.length > 0) return online;
  const message =
    'no node is online: "ota status" shows which once were, "ota watch" since when they are gone';
  throw new CliError('NO_NODE', exitCode.failed, message);
}
