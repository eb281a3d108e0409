export * from '@ota/virtual-device';
export { TestbedError } from './errors.ts';
export { CertificateAuthority } from './certificates/certificate-authority.ts';
export { makeCertificates, type CertificateOptions } from './certificates/make-certificates.ts';
export type { Certificates, IssueOptions } from './certificates/certificate-authority.ts';
export { createBroker, type Broker, type BrokerObserver, type BrokerOptions } from './broker/broker.ts';
export { BrokerError, type BrokerErrorCode } from './broker/broker-error.ts';
export type { ServerAddress } from './broker/own-client.ts';
export type { BrokerKind, Credentials } from './broker/server.ts';
export { watch } from './broker/watch.ts';
export type { MessageWatch, ObservedMessage, WaitForOptions } from './broker/message-watch.ts';
export type {
  Access,
  Change,
  GogsServer,
  NewRelease,
  NewRepository,
  NewTag,
  NewUser,
  RequestRecord,
  TreeFile,
} from './gogs/gogs-server.ts';
export { GogsStandIn, type GogsStandInOptions } from './gogs/gogs-stand-in.ts';
export type { AskedFor, Fault, Faults, RequestMatch } from './gogs/faults.ts';
export { RealGogs } from './gogs/real-gogs.ts';
export type { RealGogsOptions } from './gogs/gogs-process.ts';
export { SimulatedNode } from './simulated-node/simulated-node.ts';
export type {
  InstalledVersion,
  SimulatedNodeEvents,
  SimulatedNodeOptions,
  SimulatedRequest,
  TreeLine,
} from './simulated-node/simulated-node-types.ts';
export {
  Site,
  startRealGogs,
  type SiteBoardOptions,
  type SiteNodeOptions,
  type SiteOptions,
  type SiteSimulatedNodeOptions,
} from './site.ts';
