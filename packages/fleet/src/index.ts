export { FleetError, FleetOfflineError, FleetTimeoutError, type FleetErrorCode } from './errors.ts';
export { Fleet, type FleetEvents, type FleetOptions } from './fleet.ts';
export type { BrokerAccess } from './mqtt-connection.ts';
export type { NodeView, WaitOptions } from './node-table.ts';
export { parseState, type NodeState } from './node-state.ts';
export {
  parseCommand,
  parseStatus,
  parseTarget,
  type Command,
  type Status,
  type Target,
} from './payloads.ts';
export { isNodeName, parseTopic, topics, type TopicKind } from './topics.ts';
