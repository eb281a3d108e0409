import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { settingNames, settingsTemplates } from '../src/index.ts';
import { useNode } from './helpers/python.ts';
import { startSite } from './helpers/start-site.ts';

const doc = await readFile(new URL('../../../docs/node.md', import.meta.url), 'utf8');

/** The cells of a table's rows, under the column heads. @param first the first of the heads. */
function table(first: string, after = doc): string[][] {
  const lines = after.split('\n');
  const start = lines.findIndex((line) => cells(line)[0] === first);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map(cells);
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function section(title: string): string {
  const start = doc.indexOf(`\n## ${title}`);
  if (start < 0) throw new Error(`docs/node.md has no section ${title}`);
  return doc.slice(start, doc.indexOf('\n## ', start + 1));
}

/** What stands in backquotes. */
function code(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

describe('the settings in docs/node.md', () => {
  const [wifi, node] = section('Settings').split('`/nodesettings.py`, for one node');

  it.each([
    ['wifi', wifi],
    ['node', node],
  ] as const)('of %s are those that there are, with their defaults', async (which, text = '') => {
    const rows = table('key', text);
    expect(rows.flatMap(([key]) => code(key)).sort()).toEqual([...settingNames[which]].sort());

    const template = (await settingsTemplates()).find(({ path }) => path.includes(`${which}settings`));
    const optional =
      Buffer.from(template?.content ?? '')
        .toString()
        .split('# What follows is optional')[1] ?? '';
    const defaults = [...optional.matchAll(/^ {4}"(\w+)": (.+),$/gm)].map(([, key = '', value]) => [
      key,
      value,
    ]);
    const documented = new Map(rows.map(([key, value]) => [code(key)[0], code(value)[0]]));
    expect(defaults.length).toBeGreaterThan(5);
    expect(defaults.map(([key]) => [key, documented.get(key)])).toEqual(defaults);
  });
});

describe("the package's README", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const inReadme = (title: string): string => {
    const start = readme.indexOf(`\n## ${title}`);
    return readme.slice(start, readme.indexOf('\n## ', start + 1));
  };

  it('has the tables of settings and env that docs/node.md has', () => {
    for (const [mine, theirs] of [
      ['Settings', 'Settings'],
      ['What the application gets', '`env`'],
    ] as const) {
      const rows = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('|'));
      expect(rows(section(theirs)).length).toBeGreaterThan(8);
      expect(rows(inReadme(mine))).toEqual(rows(section(theirs)));
    }
  });
});

describe('docs/node.md', () => {
  it('has all of env, all of ota/state, and applications that run', async () => {
    const { site, node, messages } = await startSite({ settings: { application: { pin: 5 } } });
    const examples = [...doc.matchAll(/```python\n# publishes (\S+)\n([^`]+)```/g)];
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const [index, [, topic, source = '']] of examples.entries()) {
      const commit = await site.commit({ files: { 'src/main.py': source } });
      if (index === 0) await node.powerOn();
      else node.reset();
      const from = await messages.waitFor(({ payload }) => payload.includes(commit));
      await messages.waitFor((message) => message.topic === topic, { from: messages.messages.indexOf(from) });
    }

    const state = messages.messages.findLast(({ payload }) => payload.includes('"version"'));
    const members = table('member').map(([name]) => code(name)[0]);
    expect(members.sort()).toEqual(Object.keys(JSON.parse(state?.payload ?? '{}') as object).sort());

    const rows = table('key', section('`env`'));
    const wanted = rows.map(([key, names]) => [code(key)[0] ?? '', code(names)] as const);
    const missing = `[k + "." + m for k, ms in ${JSON.stringify(wanted)} for m in ms if not hasattr(env[k], m)]`;
    await site.commit({
      files: {
        'src/main.py': `def start(env):
    print("keys", " ".join(sorted(env)), "end")
    print("missing", ${missing}, "end")
    while True:
        env["wdt"].feed()
        env["time"].sleep(1)
`,
      },
    });
    node.reset();
    const [, keys = ''] = await node.waitForOutput(/keys (.*) end/);
    const own = keys.split(' ').filter((key) => key !== 'pin' && !settingNames.node.includes(key));
    expect(own).toEqual(wanted.map(([key]) => key).sort());
    await node.waitForOutput('missing [] end');
  });

  it('has the topics and commands that the device code knows', async () => {
    const modules = ['node.py', 'broker.py', 'log.py'].map((name) =>
      readFile(new URL(`../device/ota/${name}`, import.meta.url), 'utf8'),
    );
    const sources = (await Promise.all(modules)).join('\n');
    const topics = table('topic').flatMap(([topic]) => code(topic));
    expect(topics).toHaveLength(6);
    const known = (topic: string): string =>
      topic.replace('<node>/', '').replace(/^ota\/(cmd|target)\/(<node>)?/, '$1/');
    for (const topic of topics) expect(sources).toContain(`"${known(topic)}"`);
    const commands = table('command').flatMap(([command]) => code(command));
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      expect(sources).toContain(`"${(JSON.parse(command) as { cmd: string }).cmd}"`);
    }
  });

  it('names for each failure a test that is there', async () => {
    const rows = table('X');
    expect(rows.length).toBeGreaterThan(20);
    for (const [failure, , covered = ''] of rows) {
      const [file] = code(covered);
      const title = covered.slice(covered.indexOf(': ') + 2);
      const source = await readFile(new URL(`./${file ?? ''}.test.ts`, import.meta.url), 'utf8');
      expect(source, failure).toContain(title);
    }
  });
});

describe('what docs/node.md says of gogsTrack', () => {
  const { run } = useNode();

  it('is what the node takes', async () => {
    const values = table('`gogsTrack`', section('Which commit')).map(([value]) => code(value)[0] ?? '');
    expect(values).toHaveLength(5);
    const list = JSON.stringify(values.map((value) => value.replace('ID', 'a'.repeat(40))));
    const output = await run(
      `from ota import release\nprint([release.parse(value)[0] for value in ${list}])`,
    );
    expect(output).toBe("['branch', 'tag', 'latest', 'latest', 'commit']");
  });
});
