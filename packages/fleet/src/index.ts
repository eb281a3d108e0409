export { FleetError, FleetTimeoutError, type FleetErrorCode } from './errors.ts';
export { Fleet, type FleetEvents, type FleetOptions, type NodeView, type WaitOptions } from './fleet.ts';
export type { BrokerAccess } from './mqtt-connection.ts';
export { parseState, type NodeState } from './node-state.ts';
export { isNodeName, parseTopic, topics } from './topics.ts';
