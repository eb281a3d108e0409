/** Topics of nodes and of those who look after them. A node's name holds no `/`, `+` or `#`. */
export const topics = {
  /** Not retained: `OTA_OK` or `OTA_error` after each look for an update, as the seed project has it. */
  status: (node: string) => `${node}/boot/status`,
  /** Retained: what a node runs and how it is. */
  state: (node: string) => `${node}/ota/state`,
  /** Lines of warnings, and after a reset the last lines from before it. */
  log: (node: string) => `${node}/ota/log`,
  /** A command to one node. */
  command: (node: string) => `ota/cmd/${node}`,
  /** A command to all nodes. */
  commandAll: 'ota/cmd/all',
  /** Retained: the commit that a node may install. */
  target: (node: string) => `ota/target/${node}`,
} as const;

/** What a message is about: what a node says, or what is said to it. */
export type TopicKind = 'status' | 'state' | 'log' | 'command' | 'target';

const kinds: readonly [RegExp, TopicKind][] = [
  [/^([^/]+)\/boot\/status$/, 'status'],
  [/^([^/]+)\/ota\/state$/, 'state'],
  [/^([^/]+)\/ota\/log$/, 'log'],
  [/^ota\/cmd\/([^/]+)$/, 'command'],
  [/^ota\/target\/([^/]+)$/, 'target'],
];

/**
 * Which node a topic is about. Throws nothing.
 *
 * @returns the node's name (`all` for a command to all) and the kind of message; `undefined` for a topic of somebody else.
 * @example
 * parseTopic('lamp/ota/state'); // { node: 'lamp', kind: 'state' }
 */
export function parseTopic(topic: string): { node: string; kind: TopicKind } | undefined {
  for (const [pattern, kind] of kinds) {
    const node = pattern.exec(topic)?.[1];
    if (node !== undefined) return { node, kind };
  }
  return undefined;
}

/** Whether this can be a node's name. `all` cannot: commands to it would reach every node. */
export function isNodeName(name: string): boolean {
  return name !== '' && name !== 'all' && !/[/+#\0]/.test(name);
}
