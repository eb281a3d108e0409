import { createHash } from 'node:crypto';
import type { FlashImage } from '@ota/testbed';

/** A commit, and what `/src` holds where it is installed. */
export interface Version {
  readonly name: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, string>>;
}

/** An application that says its name; one of `confirm` takes itself for good. */
export function namedApplication(name: string, confirm = false): string {
  const confirming = confirm ? '    env["updater"].confirm()\n' : '';
  return `def start(env):
${confirming}    print("APP ${name}")
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.2)
`;
}

/** A folder of versions as it is on a flash. */
export function versionIn(
  image: FlashImage,
  folder: string,
): { readonly commit: string | undefined; readonly files: Record<string, string> } {
  const files: Record<string, string> = {};
  let commit: string | undefined;
  for (const [path, bytes] of image.files) {
    if (!path.startsWith(`${folder}/`)) continue;
    const name = path.slice(folder.length + 1);
    const text = Buffer.from(bytes).toString();
    if (name === '.version') commit = text;
    else if (name !== '.tree') files[name] = text;
  }
  return { commit, files };
}

export function digest(files: Readonly<Record<string, string>>): string {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

/** The same for two flashes that hold the same. */
export function stateOf({ files, directories }: FlashImage): string {
  const hash = createHash('sha256').update([...directories].sort().join('\n'));
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}
