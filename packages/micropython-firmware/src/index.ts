export { deviceFiles, type DeviceFile } from './device-files.ts';
export { FirmwareError, type FirmwareErrorCode } from './errors.ts';
export { nodeFiles, type NodeFilesOptions } from './node-files.ts';
export type { PythonValue } from './python-literal.ts';
export {
  renderNodeSettings,
  renderWifiSettings,
  settingNames,
  type NodeSettings,
  type WifiSettings,
} from './settings.ts';
