export { deviceFiles, type DeviceFile, type DeviceFilesOptions } from './device-files.ts';
export {
  deviceManifest,
  settingsTemplates,
  type DeviceFileEntry,
  type DeviceManifest,
  type SettingsTemplate,
} from './device-manifest.ts';
export { FirmwareError, type FirmwareErrorCode } from './errors.ts';
export { nodeFiles, type NodeFilesOptions } from './node-files.ts';
export type { PythonValue } from './python-literal.ts';
export { readSettings } from './read-settings.ts';
export { releaseFile, signatureFile, type ReleaseFile } from './release/release-files.ts';
export {
  generateReleaseKey,
  gogsKeyOf,
  type ReleaseKey,
  type ReleaseKeyBits,
} from './release/release-key.ts';
export { serialOf, signRelease, verifyRelease, type SignReleaseOptions } from './release/sign-release.ts';
export { siteSettings, type SiteFacts, type SiteSettingsOptions } from './site-settings.ts';
export {
  renderNodeSettings,
  renderWifiSettings,
  settingNames,
  type NodeSettings,
  type WifiSettings,
} from './settings.ts';
export {
  boards,
  guessBoard,
  type Board,
  type BoardChip,
  type BoardDefinition,
  type BoardGuess,
  type ChipFacts,
} from './images/boards.ts';
export { defaultCacheDirectory } from './images/cache.ts';
export type { DownloadOptions } from './images/download.ts';
export { ImageError, type ImageErrorCode } from './images/errors.ts';
export { fetchImage, type FetchedImage, type FetchImageOptions } from './images/fetch-image.ts';
export type { ImageManifest, ImageRelease } from './images/manifest-types.ts';
export {
  resolveFile,
  resolveImage,
  type ImageFileRequest,
  type ImageRequest,
  type ResolvedImage,
} from './images/resolve-image.ts';
