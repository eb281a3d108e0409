import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deviceFiles, deviceManifest, settingNames, settingsTemplates } from '../src/index.ts';
import { useNode } from './helpers/python.ts';

const { run } = useNode();

const onNode = `
import binascii, hashlib, json, os, ota, sys
def entry(path):
    with open(path, 'rb') as file:
        return [os.stat(path)[6], binascii.hexlify(hashlib.sha256(file.read()).digest()).decode()]
`;

describe('the manifest of the device files', () => {
  it('says of each file what a node that has them says, which was asked for nothing else', async () => {
    const { files, size } = await deviceManifest();
    const paths = files.map(({ path }) => path).filter((path) => path !== '/main.py');
    const code = `${onNode}\nprint(json.dumps([entry(path) for path in ${JSON.stringify(paths)}]))`;
    const expected = files.filter(({ path }) => path !== '/main.py').map((file) => [file.size, file.sha256]);
    expect(JSON.parse(await run(code))).toEqual(expected);
    expect(size).toBe(files.reduce((sum, file) => sum + file.size, 0));
  });

  it('lists what deviceFiles gives, in its order', async () => {
    const files = await deviceFiles();
    expect((await deviceManifest()).files).toEqual(
      files.map(({ path, content }) => ({
        path,
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    );
  });

  it('has the version that the node says', async () => {
    const { version } = await deviceManifest();
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(await run('import ota\nprint(ota.__version__)')).toBe(version);
  });

  it('is data: nothing of it is lost in JSON', async () => {
    const manifest = await deviceManifest();
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });
});

describe('the settings templates', () => {
  it('have every key that there is, and hold what MicroPython can read', async () => {
    const templates = await settingsTemplates();
    expect(templates.map(({ path }) => path)).toEqual(['/wifisettings.py', '/nodesettings.py']);
    for (const { content, keys } of templates) {
      const read = `${content.toString()}\nimport json\nprint(json.dumps(list(settings)))`;
      expect((JSON.parse(await run(read)) as string[]).sort()).toEqual([...keys].sort());
    }
    expect(templates.map(({ keys }) => keys)).toEqual([settingNames.wifi, settingNames.node]);
  });

  it('are the files of the package, and the manifest has their sizes and hashes', async () => {
    const templates = await settingsTemplates();
    const { templates: listed } = await deviceManifest();
    for (const [index, { source, content, ...rest }] of templates.entries()) {
      expect(content.equals(await readFile(source))).toBe(true);
      expect(rest.sha256).toBe(createHash('sha256').update(content).digest('hex'));
      expect(listed[index]).toEqual(rest);
    }
  });
});
