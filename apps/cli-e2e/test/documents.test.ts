import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { settingNames } from '@ota/micropython-firmware';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** What a message looks like where its texts are put together: as one, without the quotes between its lines. */
function joined(source: string): string {
  return source
    .replace(/(['"`])\s*\+\s*['"`]/g, '')
    .replace(/"\n\s*"/g, '')
    .replaceAll("\\'", "'")
    .replaceAll('\\"', '"');
}

/** Every source of the product that can say something, by path. */
async function sources(): Promise<Map<string, string>> {
  const folders = ['packages/micropython-firmware/device/ota', 'apps/cli/src'];
  for (const name of ['gogs-client', 'device-fs', 'flasher', 'fleet', 'micropython-firmware']) {
    folders.push(`packages/${name}/src`);
  }
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(py|ts)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(path, joined(await readFile(path, 'utf8')));
    }
  }
  return found;
}

/** Whether a source has the words around each `…` in their order, close together. */
function says(source: string, message: string): boolean {
  const parts = message.split('…').filter((part) => part.trim() !== '');
  const pattern = parts.map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]{0,120}?');
  return new RegExp(pattern).test(source);
}

/** The messages in the first column of each table. */
function messagesOf(page: string): string[] {
  const cells = [...page.matchAll(/^\| (`.*?) +\|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
}

describe('docs/troubleshooting.md', async () => {
  const messages = messagesOf(await text('docs/troubleshooting.md'));
  const code = await sources();

  it('quotes messages', () => {
    expect(messages.length).toBeGreaterThan(35);
  });

  it.each(messages)('quotes what the code says: %s', (message) => {
    expect(message.replaceAll('…', '').trim().length).toBeGreaterThan(8);
    // As the command line puts it.
    const words = message.replaceAll('"ota ports"', 'listPorts()');
    expect([...code.values()].some((source) => says(source, words))).toBe(true);
  });
});

describe('docs/migrating.md', () => {
  it("names every setting of the seed's that there still is", async () => {
    const page = await text('docs/migrating.md');
    const seed = ['wifiAP', 'wifiPassword', 'mqtt_ip', 'mqtt_port', 'controllerName', 'logInclude'].concat([
      ...['logExclude', 'debug', 'httpTimeout', 'gogsBase', 'gogsBranch', 'gogsToken', 'gogsRemote'],
    ]);
    const known: string[] = [...settingNames.wifi, ...settingNames.node];
    for (const name of seed) {
      expect(page).toContain(`\`${name}\``);
      expect(known).toContain(name);
    }
  });
});

describe('the commands that documents name', async () => {
  const bin = fileURLToPath(
    import.meta.resolve('@ota/cli/package.json').replace('package.json', 'dist/bin.js'),
  );
  const helpOf = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [bin, ...words, '--help'])).stdout;
  const commands = await helpOf();
  const pages = ['getting-started', 'migrating', 'troubleshooting', 'architecture', 'scale', 'signing'];

  it.each(['README.md', ...pages.map((name) => `docs/${name}.md`)])('in %s are there', async (path) => {
    const page = await text(path);
    const flags = new Map<string, string[]>();
    for (const [, name = '', rest = ''] of page.matchAll(/(?:`|^|")ota ([a-z]+)([^`\n]*)/gm)) {
      expect(commands).toMatch(new RegExp(`^ +${name}\\b`, 'm'));
      const used = [...rest.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
      if (used.length > 0) flags.set(name, [...(flags.get(name) ?? []), ...used]);
    }
    for (const [name, used] of flags) {
      const help = await helpOf(name);
      for (const flag of used) expect(help, `ota ${name} ${flag}`).toContain(flag);
    }
  });
});
