export { connectPort as connect, Flasher } from './flasher.ts';
export type {
  CheckWriteOptions,
  ConnectOptions,
  EraseOptions,
  ReadOptions,
  WriteOptions,
  WriteProgress,
  WriteResult,
} from './flasher-options.ts';
export { FlasherError, type FlasherErrorCode, type FlasherErrorDetails } from './errors.ts';
export type { ChipName } from './chips.ts';
export type { ChipInfo, SecurityState } from './loader/chip-info.ts';
export type { FlashPort } from './port/flash-port.ts';
export type { ResetInto } from './link/reset.ts';
export {
  checkErase,
  planWrite,
  type CheckName,
  type ImageToWrite,
  type PlannedImage,
  type PlanOptions,
  type SecurityCheckName,
} from './write/checks.ts';
export { inspectImage, readImage, type FirmwareImage, type ImageKind } from './image/read-image.ts';
export { withFlashParameters, type FlashParameters } from './image/flash-parameters.ts';
export type { ApplicationDescription, Executable, ImageSegment } from './image/executable.ts';
export type { Partition, PartitionType } from './image/partition-table.ts';
