export { FlasherError, type FlasherErrorCode } from './errors.ts';
export type { ChipName } from './chips.ts';
export { inspectImage, readImage, type FirmwareImage, type ImageKind } from './image/read-image.ts';
export type { ApplicationDescription, Executable, ImageSegment } from './image/executable.ts';
export type { Partition, PartitionType } from './image/partition-table.ts';
