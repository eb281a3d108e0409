import { describe, expect, it } from 'vitest';
import { useNode } from './helpers/python.ts';

const { run } = useNode();

/** What the stream makes of a document that arrives `step` bytes at a time. */
async function read(document: string | Buffer, step = 7): Promise<string> {
  const bytes = [...Buffer.from(document)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return run(`
import json
from ota import OtaError
from ota.gogs import Gogs

class Source:
    status_code = 200
    def __init__(self, data):
        self.data = data
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def readinto(self, buf):
        count = min(len(buf), len(self.data))
        buf[:count] = self.data[:count]
        self.data = self.data[count:]
        return count

seen = []
try:
    gogs = Gogs('http://h/a/b', '', 5, bytearray(${step}))
    gogs._connection.request = lambda *_: Source(b'${bytes}')
    for entry in gogs.tree('x'):
        seen.append(dict(entry))
    print(json.dumps(seen))
except OtaError as error:
    print('refused:', error)
`);
}

describe('the list of a folder', () => {
  it.each([1, 2, 3, 64, 4096])('finds the entries of a list, %i bytes at a time', async (step) => {
    const entries = [
      { path: 'lib', type: 'tree', size: 0, sha: 'a'.repeat(40) },
      { path: 'main.py', type: 'blob', size: 169, sha: 'b'.repeat(40) },
    ];
    const document = JSON.stringify({ sha: 'x', url: 'http://h/?a=[{', tree: entries }, null, 1);
    expect(JSON.parse(await read(document, step))).toEqual(entries);
  });

  it('takes texts as they were before they were escaped', async () => {
    const path = 'naïve "日本" \\ \u{1f680} & < >\t/\u007f';
    // Go escapes these and no others beyond ASCII; MicroPython's json knows no pairs of surrogates.
    const escaped = JSON.stringify({ tree: [{ path }] }).replaceAll(
      /[&<>]/g,
      (char) => `\\u00${char.charCodeAt(0).toString(16)}`,
    );
    expect(JSON.parse(await read(escaped))).toEqual([{ path }]);
  });

  it('looks only at the list with that name, at the top', async () => {
    const document = {
      other: [{ path: 'no' }],
      deep: { tree: [{ path: 'no' }] },
      tree: [{ path: 'yes', more: { path: 'no' } }],
    };
    expect(JSON.parse(await read(JSON.stringify(document)))).toEqual([{ path: 'yes' }]);
  });

  it('forgets an entry before it reads the next', async () => {
    expect(JSON.parse(await read('{"tree":[{"path":"a","size":1},{"path":"b"}]}'))).toEqual([
      { path: 'a', size: 1 },
      { path: 'b' },
    ]);
  });

  it.each(['{"tree":[]}', '{"sha":"x","tree":null}'])(
    'takes %s for a list without entries',
    async (document) => {
      expect(await read(document)).toBe('[]');
    },
  );

  it.each([
    ['<html>', 'the answer is not JSON'],
    ['[]', "the answer has no list 'tree'"],
    ['', 'the answer was cut short'],
    ['{"tree":[{"path":"a"}', 'the answer was cut short'],
    ['{"tree":[{"path":"a', 'the answer was cut short'],
    ['{"sha":"x"}', "the answer has no list 'tree'"],
    ['{"sha":"a","tree":[]}', 'the answer is another folder'],
    ['{"tree":"a"}', "the answer has no list 'tree'"],
    ['{"tree":[]} x', 'the answer goes on after its end'],
    ['{"tree":[{"size":12x}]}', 'the answer is not JSON'],
  ])('refuses %s', async (document, message) => {
    expect(await read(document)).toBe(`refused: ${message}`);
  });

  it.each(['a', 'naïve ', '\\"', '\\u00e9'])(
    'skips a text that is too long to be looked for: %j again and again',
    async (part) => {
      for (const step of [1, 64]) {
        const document = `{"tree":[{"path":"a","note":"${part.repeat(600)}","size":1}]}`;
        expect(JSON.parse(await read(document, step))).toEqual([{ path: 'a', note: null, size: 1 }]);
      }
    },
  );

  it('refuses a text that is not UTF-8', async () => {
    const document = Buffer.from('{"tree":[{"path":"na\u00efve"}]}', 'latin1');
    expect(await read(document)).toBe('refused: the answer is not JSON');
  });
});
