import { describe, expect, it } from 'vitest';
import { useNode } from './helpers/python.ts';
import { startSite } from './helpers/start-site.ts';
import { application } from './helpers/application.ts';
import { filesIn } from './helpers/installed.ts';

const { run, node } = useNode();

/** What comes of listing a commit whose src/ has these entries (Python), and the same again in each folder. */
async function listing(entries: string): Promise<string> {
  return run(`
from ota import OtaError, install, tree

class Gogs:
    def tree(self, tree_id):
        if tree_id == "commit":
            yield {"path": "src", "type": "tree", "sha": "a" * 40}
        else:
            for name, kind in ${entries}:
                yield {"path": name, "type": kind, "sha": "b" * 40, "size": 1}

install.drop(install.NEXT)
try:
    for _ in tree.write(Gogs(), "commit", ""):
        pass
    print([line[3] for line in tree.lines(install.NEXT)])
except OtaError as error:
    print("refused:", error)
`);
}

describe('the list of what a commit holds', () => {
  it('has names of up to 255 bytes', async () => {
    expect(await listing('[("n" * 255, "blob")]')).toBe(`['', '', '${'n'.repeat(255)}']`);
    expect(await listing('[("n" * 256, "blob")]')).toMatch(
      /^refused: src\/n+: the name is longer than 255 bytes$/,
    );
    expect(await listing('[("é" * 128, "blob")]')).toMatch(/: the name is longer than 255 bytes$/);
  });

  it.each(['..', '.', '', 'a/b'])('has no name %j', async (name) => {
    expect(await listing(`[("${name}", "blob")]`)).toMatch(/^refused: src\/.*(not allowed)$/);
  });

  it('has no folders that are more than 16 deep', async () => {
    expect(await listing('[("d", "tree")]')).toBe(
      `refused: src/${'d/'.repeat(17)}d is more than 16 folders deep`,
    );
  });

  it('is read as a whole or not at all', async () => {
    node().flash.writeFile('/next/.tree', `c 0 ${'c'.repeat(40)} \nd 0 ${'d'.repeat(40)} \ntorn\n`);
    const read = `
from ota import OtaError, tree
try:
    print(len(list(tree.lines("/next", True))))
except OtaError as error:
    print("refused:", error)
print(len(list(tree.lines("/next"))))`;
    expect(await run(read)).toBe('refused: the list of files cannot be read\n2');
  });
});

describe('a list that was damaged while a version was being staged', () => {
  it('does not lead to a version without its files', async () => {
    const { site, node: lamp } = await startSite({ timeScale: 5, settings: { watchdogTimeout: 60 } });
    await site.commit({ files: { 'src/main.py': application('one') } });
    await lamp.powerOn();
    await lamp.waitForOutput('version one runs');
    const two = await site.commit({ files: { 'src/main.py': application('two'), 'src/z.py': 'Z = 2\n' } });
    site.gogs.faults.always('src/z.py', { kind: 'status', status: 503 });
    lamp.reset();
    await lamp.waitForOutput('no update: HTTP 503');
    await lamp.waitForOutput('version one runs');
    site.gogs.faults.clear();
    const list = lamp.flash.readText('/next/.tree').split('\n');
    expect(list[0]).toContain(two);
    lamp.flash.writeFile('/next/.tree', `${list.slice(0, 2).join('\n')}\ntorn\n`);
    lamp.reset();
    await lamp.waitForOutput('no update: the list of files cannot be read');
    await lamp.waitForOutput('version one runs');
    lamp.reset();
    await lamp.waitForOutput('version two runs');
    expect(Object.keys(filesIn(lamp.flash, '/src'))).toContain('z.py');
  });
});
