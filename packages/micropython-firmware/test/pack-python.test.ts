import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deviceFiles } from '../src/index.ts';
import { packPython } from '../src/pack/pack-python.ts';
import { mpyCross } from '../src/pack/mpy-cross.ts';

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
    ['lines in brackets', 'f(\n    a,  # one\n    [\n        b,\n    ],\n)\n', 'f(a,[b])\n'],
    ['a tuple of one', 'x = (a,)\ny = (a, b,)\n', 'x=(a,)\ny=(a,b)\n'],
    [
      'imports side by side',
      'import a\nimport b as c\nfrom d import e\n',
      'import a,b as c\nfrom d import e\n',
    ],
    ['a continued line', 'x = a + \\\n    b\n', 'x=a+b\n'],
    ['levels of any depth', 'if a:\n    if b:\n        c\n    d\ne\n', 'if a:\n if b:\n  c\n d\ne\n'],
    ['an empty file', '"""Doc."""\n', ''],
    [
      'constants',
      'from micropython import const\n_A = const(0x10)\nB = const(2)\nx = _A + y._A + B\n',
      'B=2\nx=0x10+y._A+2\n',
    ],
  ])('has %s handled', (_what, source, packed) => {
    expect(packPython(source)).toBe(packed);
  });

  it('is compiled to the same code as the readable form, byte for byte', async () => {
    // Without line numbers (-O3), which differ. The compiler itself needs no import for const().
    const modules = await deviceFiles();
    const readable = await Promise.all(
      modules.map(async ({ path, source }): Promise<[string, string]> => {
        const text = await readFile(source, 'utf8');
        return [path, text.replace(/^from micropython import const$/m, '')];
      }),
    );
    const packed = readable.map(([path, text]): [string, string] => [path, packPython(text)]);
    expect(await mpyCross(packed, ['-O3'])).toEqual(await mpyCross(readable, ['-O3']));
  });
});
