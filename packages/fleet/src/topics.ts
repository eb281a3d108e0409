/** Topics of nodes and of those who look after them. A node's name holds no `/`, `+` or `#`. */
export const topics = {
  /** Retained: what a node runs and how it is. */
  state: (node: string) => `${node}/ota/state`,
  /** Lines of warnings. */
  log: (node: string) => `${node}/ota/log`,
  /** A command to one node. */
  command: (node: string) => `ota/cmd/${node}`,
  /** A command to all nodes. */
  commandAll: 'ota/cmd/all',
  /** Retained: the commit that a node may install. */
  target: (node: string) => `ota/target/${node}`,
} as const;

/** @returns the node's name and the kind of message, or `undefined` for a topic of somebody else. */
export function parseTopic(topic: string): { node: string; kind: 'state' | 'log' } | undefined {
  const match = /^([^/]+)\/ota\/(state|log)$/.exec(topic);
  return match ? { node: match[1] ?? '', kind: match[2] as 'state' | 'log' } : undefined;
}

/** Whether this can be a node's name. */
export function isNodeName(name: string): boolean {
  return name !== '' && !/[/+#\0]/.test(name);
}
