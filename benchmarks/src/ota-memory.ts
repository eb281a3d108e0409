import { readFile } from 'node:fs/promises';
import { deviceFiles, nodeFiles, siteSettings } from '@ota/micropython-firmware';
import { Flash, measureHeap, Site } from '@ota/testbed';
import type { Row } from './row.ts';

const kB = 1000;
const sizes: readonly [scenario: string, sizes: readonly number[]][] = [
  ['memory: 10 files of 1 kB', Array.from({ length: 10 }, () => kB)],
  [
    'memory: 400 files of up to 200 kB',
    Array.from({ length: 400 }, (_, index) => (index % 133 === 0 ? 200 * kB : 100 + index)),
  ],
];

/** How the seed downloads, written anew: a folder's list with the content of all its files is read as a whole. */
const seed = `import json
import os

from ota import http, url


def answer(remote, token, path):
    tls, host, port, base, name = url.split_remote(remote)
    connection = http.Connection(tls, host, port, 10)
    headers = "Authorization: token %s\\r\\nConnection: close\\r\\n" % token
    address = url.quote(base + "/api/v1/repos/" + name + path)
    with connection.request("GET", address + "?ref=main", headers) as response:
        content = response.read()
    connection.close()
    return json.loads(content)


def steps(remote, token, source, target):
    os.mkdir(target)
    for entry in answer(remote, token, "/contents/" + source):
        path = target + "/" + entry["name"]
        if entry["type"] == "dir":
            yield from steps(remote, token, source + "/" + entry["name"], path)
        else:
            with open(path, "wb") as file:
                file.write(entry.get("content", ""))
        yield
`;
const before = `
import seed
from ota import rtc, settings, trial, updater, wifi
class Silent:
    def __call__(self, *args): pass
    warning = __call__
values, _ = settings.node()
remote, token = values["gogsRemote"], values["gogsToken"]
wifi.connect(settings.wifi(), "bench")
`;
const tools: readonly [tool: string, program: string][] = [
  ['ota', 'steps = updater.Updater(values, Silent(), trial.Journal(), rtc.Memory()).steps()'],
  ["the seed's way", 'steps = seed.steps(remote, token, "src", "/next")'],
];

/** The package as it is written: the programs here use its modules from within. */
async function readableModules(): Promise<Record<string, Buffer>> {
  const files = (await deviceFiles()).map(async ({ path, source }): Promise<[string, Buffer]> => [
    path,
    await readFile(source),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

/**
 * What an update needs of a node's heap, ours beside the seed's: `peak` is the most that is in use where garbage is collected
 * every 8 kB, `kept` what is alive after a collection.
 */
export async function measureMemory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [scenario, lengths] of sizes) {
    await using site = await Site.start();
    await site.commit({ files: filesOf(lengths) });
    for (const [tool, program] of tools) {
      const flash = Flash.memory({ sizeBytes: 8 * 1024 * 1024 });
      const files = {
        ...(await nodeFiles(siteSettings(site, 'bench'))),
        ...(await readableModules()),
        '/seed.py': seed,
      };
      await using node = await site.addNode({ name: tool, flash, files });
      flash.removeTree('/main.py');
      await node.powerOn();
      const started = performance.now();
      const { peak, kept } = await measureHeap(node, { before, program });
      rows.push({ scenario, tool, seconds: (performance.now() - started) / 1000, peak, kept });
    }
  }
  return rows;
}

function filesOf(lengths: readonly number[]): Record<string, Buffer> {
  return Object.fromEntries(
    lengths.map((length, index): [string, Buffer] => [
      `src/folder${index % 20}/file${index}.bin`,
      Buffer.alloc(length, `${index} `),
    ]),
  );
}
