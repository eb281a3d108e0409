import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deviceFiles } from '../src/index.ts';
import { packPython } from '../src/pack-python.ts';
import { useNode } from './helpers/python.ts';

const { run } = useNode();

/** Prints what a module defines: its values, and its classes with theirs. */
const shape = (source: string): string => `
names = {'__name__': 'ota.x'}
exec(compile(${pythonBytes(source)}, 'x.py', 'exec'), names)
def show(name, value):
    if isinstance(value, type):
        for key in sorted(set(value.__dict__) - {'__doc__'}):
            show(name + '.' + key, value.__dict__[key])
    elif type(value) in (int, str, bytes, tuple, dict, list, bool):
        print(name, value)
    else:
        print(name, type(value))
for name in sorted(set(names) - {'__doc__'}):
    show(name, names[name])
`;

function pythonBytes(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `b'${bytes.join('')}'`;
}

describe('packed Python', () => {
  it.each([
    ['a comment', 'x = 1  # one\n# two\ny = 2\n', 'x=1\ny=2\n'],
    ['no comment in a string', 's = "# no"  # yes\n', 's="# no"\n'],
    ['no comment in a long string', 's = """a\n# no\n\n  b"""\n', 's="""a\n# no\n\n  b"""\n'],
    ['an escaped quote', 's = "a\\"# no"\n', 's="a\\"# no"\n'],
    ['a raw string', "s = r'\\'\n# yes'\n", "s=r'\\'\n"],
    ['a docstring', '"""Doc."""\n\n\ndef f():\n    """Doc."""\n    return 1\n', 'def f():\n return 1\n'],
    ['the only line of a block', 'class A(B):\n    """Doc."""\nx = 1\n', 'class A(B):\n pass\nx=1\n'],
    ['the only line at the end', 'class A(B):\n    """Doc."""\n', 'class A(B):\n pass\n'],
    ['words side by side', 'x = a if b else c\nreturn not  b"x"\n', 'x=a if b else c\nreturn not b"x"\n'],
    ['lines in brackets', 'f(\n    a,  # one\n    [\n        b,\n    ],\n)\n', 'f(a,[b,],)\n'],
    ['a continued line', 'x = a + \\\n    b\n', 'x=a+b\n'],
    ['levels of any depth', 'if a:\n    if b:\n        c\n    d\ne\n', 'if a:\n if b:\n  c\n d\ne\n'],
    ['an empty file', '"""Doc."""\n', ''],
  ])('has %s handled', (_what, source, packed) => {
    expect(packPython(source)).toBe(packed);
  });

  it('defines on MicroPython what the readable form defines', async () => {
    for (const { path, source, content } of await deviceFiles()) {
      if (path === '/main.py' || path.endsWith('__init__.py')) continue;
      const readable = await run(shape(await readFile(source, 'utf8')));
      expect(await run(shape(content.toString())), path).toBe(readable);
    }
  });
});
