import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFiles, siteSettings, type NodeSettings } from '@ota/micropython-firmware';
import { Site, type MessageWatch, type VirtualNode } from '@ota/testbed';
import { onTestFinished } from 'vitest';

type Application = NonNullable<NodeSettings['application']>;

/** The files of an example, by path in its repository. */
export async function exampleFiles(example: string): Promise<Record<string, Buffer>> {
  const root = fileURLToPath(new URL(`../../${example}/`, import.meta.url));
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true });
  const files: Record<string, Buffer> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    files[relative(root, file).replaceAll('\\', '/')] = await readFile(file);
  }
  return files;
}

export interface RunningExample {
  readonly site: Site;
  readonly node: VirtualNode;
  /** Everything below the node's name. */
  readonly messages: MessageWatch;
}

/**
 * Commits an example to the Git server of a site and switches on a node there that has only the device files and its
 * settings: it has to fetch the application.
 */
export async function startExample(example: string, application: Application = {}): Promise<RunningExample> {
  const site = await Site.start({ repository: example });
  onTestFinished(() => site.close());
  const messages = await site.watch(`${example}/#`);
  await site.commit({ files: await exampleFiles(example) });
  const settings = siteSettings(site, example, { node: { trialSeconds: 1, application } });
  const files = await nodeFiles(settings);
  const node = await site.addNode({ name: example, files });
  await node.powerOn();
  return { site, node, messages };
}

/** The level of a pin, as the node last set it or the world outside did. */
export function level(node: VirtualNode, pin: number): number | undefined {
  return node.machine.pins.get(pin)?.level;
}

/** What is wired to a pin changes. */
export function drive(node: VirtualNode, pin: number, to: number): void {
  node.machine.drive(pin, to);
}
