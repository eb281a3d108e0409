export { VirtualDeviceError } from './errors.ts';
export { findTool, isRequired, tools, type Tool } from './tools.ts';
export type { ConsolePort } from './console/console-port.ts';
export { Flash } from './flash/flash.ts';
export { FlashError, PowerCutError } from './flash/flash-error.ts';
export type {
  FlashDurability,
  FlashImage,
  FlashOpenOptions,
  FlashOperation,
  FlashOptions,
  FlashSpace,
  FlashStat,
  PowerCut,
} from './flash/flash-types.ts';
export { measureHeap, type HeapUse, type MeasureHeapOptions } from './node/measure-heap.ts';
export { VirtualNode } from './node/virtual-node.ts';
export type { ResetReason, VirtualNodeEvents, VirtualNodeOptions } from './node/virtual-node-options.ts';
export type { ExecResult } from './node/exec.ts';
export type { WaitOptions } from './node/host/transcript.ts';
export { defaultMicroPython } from './node/micropython-build.ts';
export { VirtualNodeError } from './node/node-errors.ts';
export { Wifi, type AccessPoint } from './node/wifi.ts';
export { plugIn, type ConsoleCable } from './console/console-cable.ts';
export { ConsoleError } from './console/console-error.ts';
export type {
  ByteFault,
  CableStats,
  LinkDirection,
  LinkLoss,
  LinkModel,
  RandomLoss,
} from './console/link-model.ts';
export { servePty, type PtyConsole, type PtyConsoleOptions } from './console/pty-console.ts';
export { serveOnTcp, type TcpConsole, type TcpConsoleOptions } from './console/tcp-console.ts';
export { SimulatedBoard, type ServeOptions, type SimulatedBoardOptions } from './board/simulated-board.ts';
export { sampleFirmware, type SampleFirmwareOptions } from './board/sample-firmware.ts';
export {
  EspRomLoader,
  type EspRomLoaderOptions,
  type RunningApplication,
  type SerialConsole,
} from './rom-loader/esp-rom-loader.ts';
export { NorFlash } from './rom-loader/nor-flash.ts';
export type { ChipModel, EfuseContents, EspChip } from './rom-loader/chip-models.ts';
export type { RomFault, RomFaults, SeenCommand } from './rom-loader/faults.ts';
export type { SerialLines } from './rom-loader/auto-reset.ts';
export { serveRfc2217, type Rfc2217Server, type Rfc2217ServerOptions } from './rom-loader/rfc2217-server.ts';
