import { describe, expect, it } from 'vitest';
import { deviceModules, textsOf } from '../src/device-files.ts';
import { nameRoles } from '../src/pack/name-roles.ts';
import { packBundle, packModules, packPython } from '../src/pack/pack-python.ts';
import { readLines } from '../src/pack/python-lines.ts';
import { useNode } from './helpers/python.ts';

/** What becomes of one module, `m`, beside others. */
function packed(source: string, others: Record<string, string> = { other: '' }): string {
  return packModules(new Map(Object.entries({ m: source, ...others }))).get('m') ?? '';
}

describe('names that only the package uses', () => {
  it.each([
    [
      'of parameters and locals, in each function anew',
      'def run(one, two):\n    three = one\n    return three\n',
      'def run(a,c):\n b=a\n return b\n',
    ],
    [
      'in loops, with statements and handlers',
      'def run():\n    for x, (y, z) in []:\n        pass\n    with open("") as file:\n        pass\n    try:\n        pass\n    except OSError as failed:\n        raise failed\n',
      'def run():\n for c,(d,e)in[]:\n  pass\n with open("")as b:\n  pass\n try:\n  pass\n except OSError as a:\n  raise a\n',
    ],
    [
      'in lambdas and comprehensions',
      'def run(items):\n    return [item for item in items], lambda item: item\n',
      'def run(b):\n return[a for a in b],lambda a:a\n',
    ],
    [
      'of attributes, with their class',
      'class Thing:\n    def __init__(self):\n        self._part = 1\n\n    def _go(self):\n        return self._part\n',
      'class b:\n def __init__(a):\n  a.a=1\n def c(a):\n  return a.a\n',
    ],
    [
      'that a function changes for the module',
      '_count = 0\n\n\ndef run():\n    global _count\n    _count += 1\n',
      'a=0\ndef run():\n global a\n a+=1\n',
    ],
  ])('become short: %s', (_what, source, expected) => {
    expect(packed(source)).toBe(expected);
  });

  it('are the same in all modules', () => {
    const other = 'def helper():\n    pass\n';
    expect(
      packed('from ota import other\nfrom ota.other import helper\nother.helper()\nhelper()\n', { other }),
    ).toBe('from ota import other\nfrom ota.other import a\nother.a()\na()\n');
  });

  it.each([
    [
      'MicroPython has too',
      'class Box:\n    def write(self):\n        self.sleep()\n',
      /def write.*\.sleep\(\)/s,
    ],
    ['an application uses', 'class Box:\n    def confirm(self):\n        pass\n', /def confirm/],
    ['are given by name', 'def _do(depth):\n    pass\n\n\n_do(depth=1)\n', /def \w\(depth\).*\w\(depth=1\)/s],
    [
      'an application may give by name',
      'def publish(tag, data, retain=False):\n    pass\n',
      /\(tag,data,retain=False\)/,
    ],
    ['are a module', 'from ota import other\nother\n', /import other\nother/],
    ['Python gives a meaning', 'class Box:\n    def __enter__(self):\n        pass\n', /def __enter__/],
  ])('stay where they %s', (_what, source, expected) => {
    expect(packed(source)).toMatch(expected);
  });

  it('never hide what a function uses besides', () => {
    expect(packed('a = 1\n\n\ndef run(x):\n    return x + a + len(b)\n')).toBe(
      'a=1\ndef run(c):\n return c+a+len(b)\n',
    );
  });
});

describe('the device files on a node', () => {
  const { node } = useNode();

  it('have short names for nothing that a module or type of MicroPython has', async () => {
    const modules = await deviceModules();
    const texts = textsOf(modules);
    const short = packModules(texts);
    const renamed = new Map<string, string>();
    const imported = new Set<string>();
    for (const [name, text] of texts) {
      const before = nameRoles(readLines(packPython(text))).flatMap(({ tokens }) => tokens);
      const after = nameRoles(readLines(short.get(name) ?? '')).flatMap(({ tokens }) => tokens);
      expect(after).toHaveLength(before.length);
      for (const [at, { token, role }] of before.entries()) {
        const now = after[at]?.token.text ?? '';
        if (role === 'attribute' || role === 'global') {
          if (now !== token.text) expect(renamed.get(token.text) ?? now).toBe(now);
          if (now !== token.text) renamed.set(token.text, now);
        } else if (role !== 'local') {
          expect(now).toBe(token.text);
        }
      }
      for (const [, module = ''] of text.matchAll(/^ *(?:import|from) (\w+)/gm)) imported.add(module);
    }
    expect(new Set(renamed.values()).size).toBe(renamed.size);
    for (const own of ['ota', 'src']) imported.delete(own);
    expect(imported.size).toBeGreaterThan(15);

    const { output, traceback } = await node().exec(`
import io, json, re, hashlib, select, socket, machine, network
names = set()
values = ['', b'', bytearray(), {}, [], (), set(), 1, 1.0, memoryview(b''), re.compile('x'), io.BytesIO(), hashlib.sha1()]
values += [OSError(), (i for i in ()), select.poll(), socket.socket(), machine.RTC(), machine.WDT(timeout=600000)]
values += [network.WLAN(network.STA_IF), open('/lib/ota/node.py'), open('/lib/ota/node.py', 'rb')]
for module in ${JSON.stringify([...imported, 'builtins'])}:
    found = __import__(module)
    values.append(found)
    values += [getattr(found, name) for name in dir(found) if isinstance(getattr(found, name), type)]
for value in values:
    names.update(dir(value))
names -= set(dir(__import__('_node')))  # what the testbed's own modules import
print(json.dumps(sorted(names)))`);
    expect(traceback).toBe('');
    // What begins with _ is of the testbed's own modules: MicroPython keeps nothing private.
    const known = new Set((JSON.parse(output) as string[]).filter((name) => !/^_[^_]/.test(name)));
    expect(known.size).toBeGreaterThan(300);
    expect([...renamed.keys()].filter((name) => known.has(name))).toEqual([]);
  });
});

describe('all modules in one', () => {
  const bundle = (sources: Record<string, string>): string => packBundle(new Map(Object.entries(sources)), 0);

  it('have each their own names, behind what they import', () => {
    const sources = {
      __init__: 'class Failure(Exception):\n    pass\n',
      paths: 'ROOT = "/src"\n\n\ndef exists(path):\n    return path == ROOT\n',
      node: 'import os\nfrom ota import Failure, paths\n\n\ndef exists():\n    return 1\n\n\ndef run():\n    exists()\n    raise Failure(paths.exists(paths.ROOT), os.getcwd())\n',
    };
    expect(bundle(sources)).toBe(
      'dict()\nimport os\ndef c(a):\n return a=="/src"\nclass a(Exception):\n pass\ndef b():\n return 1\ndef run():\n b()\n raise a(c("/src"),os.getcwd())\n',
    );
  });

  it('begin with the names that stand there most often', () => {
    const node = 'def run():\n    print(len(""), len(""))\n';
    expect(packBundle(new Map([['node', node]]), 2)).toBe(`dict(len=0,run=0)\n${packPython(node)}`);
  });

  it('keep what a class takes from its module apart from its own members', () => {
    const node =
      'def _make():\n    return 1\n\n\nclass _Box:\n    def _one(self):\n        pass\n\n    two = _make()\n';
    const names =
      /^dict\(\)\ndef (\w+)\(\):\n return 1\nclass \w+:\n def (\w+)\(\w+\):\n {2}pass\n \w+=(\w+)\(\)\n$/.exec(
        bundle({ node }),
      );
    const [, make, one, used] = names ?? [];
    expect(used).toBe(make);
    expect(one).not.toBe(make);
  });

  it('must not import each other in a circle', () => {
    expect(() => bundle({ node: 'from ota import a\n', a: 'from ota import node\n' })).toThrow(
      new RangeError('modules import each other: node, a, node'),
    );
  });
});
