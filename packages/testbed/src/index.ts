export { TestbedError } from './errors.ts';
export { findTool, isRequired, tools, type Tool } from './tools.ts';
export type { ConsolePort } from './console/console-port.ts';
export { Flash } from './flash/flash.ts';
export { FlashError, PowerCutError } from './flash/flash-error.ts';
export type {
  FlashDurability,
  FlashImage,
  FlashOperation,
  FlashOptions,
  FlashSpace,
  FlashStat,
  PowerCut,
} from './flash/flash-types.ts';
export {
  VirtualNode,
  type ResetReason,
  type VirtualNodeEvents,
  type VirtualNodeOptions,
} from './node/virtual-node.ts';
export { defaultMicroPython } from './node/micropython-build.ts';
export { VirtualNodeError } from './node/node-errors.ts';
export { Wifi, type AccessPoint } from './node/wifi.ts';
export { makeCertificates, type CertificateOptions } from './certificates/make-certificates.ts';
export type { Certificates } from './certificates/certificate-authority.ts';
