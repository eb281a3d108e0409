export { connect } from './connect.ts';
export { Flasher } from './flasher.ts';
export type { ConnectOptions, ReadOptions, WriteOptions, WriteProgress, WriteResult } from './flasher.ts';
export { FlasherError, type FlasherErrorCode, type FlasherErrorDetails } from './errors.ts';
export type { ChipName } from './chips.ts';
export type { ChipInfo, SecurityState } from './loader/chip-info.ts';
export type { FlashPort } from './port/flash-port.ts';
export type { ResetInto } from './link/reset.ts';
export {
  planWrite,
  type CheckName,
  type ImageToWrite,
  type PlannedImage,
  type PlanOptions,
} from './write/checks.ts';
export { inspectImage, readImage, type FirmwareImage, type ImageKind } from './image/read-image.ts';
export { withFlashParameters, type FlashParameters } from './image/flash-parameters.ts';
export type { ApplicationDescription, Executable, ImageSegment } from './image/executable.ts';
export type { Partition, PartitionType } from './image/partition-table.ts';
export { listPorts, type PortInfo } from './port/list-ports.ts';
export { serialPort, serialStreamPort, type SerialStream, type UsbIds } from './port/node-serial-port.ts';
export { StreamPort, type OpenLine, type StreamPortOptions } from './port/stream-port.ts';
export { rfc2217Port } from './port/rfc2217-port.ts';
export { tcpPort } from './port/tcp-port.ts';
