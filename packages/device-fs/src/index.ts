export { MicroPythonDevice, type ConnectOptions } from './device.ts';
export { DeviceError, DeviceFsError, FileSystemError, LinkError, PythonError, ReplError } from './errors.ts';
export type { FileData } from './files/content.ts';
export type { DeviceFiles, FileOptions, WalkEntry } from './files/device-files.ts';
export type { DirectoryEntry, FileStats, SpaceStats } from './files/stats.ts';
export type { Firmware } from './firmware.ts';
export type { ControlLines, LineReset, Link } from './link/link.ts';
export {
  listPorts,
  type ListPortsOptions,
  type RawPortInfo,
  type SerialPortInfo,
} from './link/list-ports.ts';
export { openLink, type OpenLinkOptions } from './link/open-link.ts';
export type { SerialOptions } from './link/serial-link.ts';
export { streamLink } from './link/stream-link.ts';
export type { PythonValue } from './python/parse.ts';
export type { ResetOptions } from './reset.ts';
export type { ExecOptions, RunOptions } from './run-options.ts';
export type { SyncAction, SyncedFile } from './sync/compare.ts';
export type { FilterOptions } from './sync/filter.ts';
export type { SyncOptions, SyncProgress, SyncResult } from './sync/sync-tree.ts';
export type { PullOptions } from './sync/pull.ts';
export type { Mount, MountOptions } from './mount/mount.ts';
export { runRepl, type ReplOptions } from './repl-session.ts';
