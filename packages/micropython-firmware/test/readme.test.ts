import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Site } from '@ota/testbed';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as firmware from '../src/index.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)?.[1] ?? '';
/** What is in code in the first column of the tables of a section. */
const firstColumn = (heading: string): string[] => {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const cells = [...section.matchAll(/^\| (.*?) +\|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
};

describe('the README', () => {
  it('has a first program that prepares a node, and a first application that the node fetches', async () => {
    const site = await Site.start({ repository: 'lamp' });
    onTestFinished(() => site.close());
    await site.commit({ files: { 'src/main.py': block('python') } });
    const example = await readmeExample(import.meta.url);
    const lines = await example.run({
      env: {
        WIFI: site.accessPoint.ssid,
        WIFI_PASSWORD: site.accessPoint.password,
        BROKER: site.broker.host,
        BROKER_PORT: String(site.broker.port),
        GOGS_REPOSITORY: `${site.gogs.baseUrl}/${site.repository}`,
        GOGS_TOKEN: site.token,
      },
    });
    const { files } = await firmware.deviceManifest();
    expect(lines).toEqual([`${files.length + 2} files in node/`]);

    const node = await site.addNode({ name: 'lamp', files: await readTree(join(example.folder, 'node')) });
    const messages = await site.watch('lamp/#');
    await node.powerOn();
    await messages.waitFor(({ topic, payload }) => topic === 'lamp/hello' && payload === 'world');
  });

  it('names what there is: functions, settings, error codes', async () => {
    const calls = [...firstColumn('From JavaScript'), ...firstColumn('Firmware images')]
      .filter((code) => /^\w+\(/.test(code))
      .map((code) => code.replace(/\(.*/, ''));
    const functions = Object.entries(firmware).flatMap(([name, value]) =>
      typeof value === 'function' && !name.endsWith('Error') ? [name] : [],
    );
    expect(calls.sort()).toEqual(functions.sort());

    const { wifi, node } = firmware.settingNames;
    expect(firstColumn('Settings').sort()).toEqual([...wifi, ...node].sort());

    for (const file of ['../src/errors.ts', '../src/images/errors.ts']) {
      const source = await readFile(new URL(file, import.meta.url), 'utf8');
      const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code = '']) => code);
      expect(codes.length).toBeGreaterThan(4);
      for (const code of codes) expect(readme).toContain(`\`${code}\``);
    }
  });
});

async function readTree(root: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const path = (file: string) => file.slice(root.length).replaceAll('\\', '/');
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [path(file), await readFile(file)] as const)),
  );
}
