import { deviceFiles } from './device-files.ts';
import { renderNodeSettings, renderWifiSettings, type NodeSettings, type WifiSettings } from './settings.ts';

/** The node's two settings files. */
export interface NodeFilesOptions {
  /** What `/wifisettings.py` holds. */
  readonly wifi: WifiSettings;
  /** What `/nodesettings.py` holds. */
  readonly node: NodeSettings;
  /** The device files in one compiled file, as {@link deviceFiles} has them. */
  readonly compiled?: boolean;
}

/**
 * All that a node needs before its first boot, by path on the node: the device files and its settings.
 *
 * @throws FirmwareError for a wrong setting, before anything is read.
 */
export async function nodeFiles({
  wifi,
  node,
  compiled = false,
}: NodeFilesOptions): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {
    '/wifisettings.py': Buffer.from(renderWifiSettings(wifi)),
    '/nodesettings.py': Buffer.from(renderNodeSettings(node)),
  };
  for (const { path, content } of await deviceFiles({ compiled })) files[path] = content;
  return files;
}
