import type { Flash } from '@ota/testbed';

/** The files below a folder of a node, by path relative to it, without what the node itself keeps there. */
export function filesIn(flash: Flash, folder: string): Record<string, string> {
  const inside = flash.files().filter((path) => path.startsWith(`${folder}/`));
  const entries = inside.map((path): [string, string] => [
    path.slice(folder.length + 1),
    flash.readText(path),
  ]);
  return Object.fromEntries(entries.filter(([name]) => name !== '.version' && name !== '.tree'));
}

/** The commit id that a folder says it holds. */
export function versionOf(flash: Flash, folder: string): string | undefined {
  const path = `${folder}/.version`;
  return flash.exists(path) ? flash.readText(path) : undefined;
}
