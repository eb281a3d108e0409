import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Flash } from '../../src/index.ts';
import { createNode, python, startNode, versions } from './helpers.ts';

const attempts = `
import os
def attempt(f, *args):
    try:
        print(f(*args))
    except OSError as e:
        print(e.errno)
`;

describe.each(versions)("the node's file system on MicroPython %s", (micropython) => {
  it('has the names, sizes and errors of an ESP32', async () => {
    const node = await startNode({ micropython, files: { '/lib/a.py': 'A = 1\n' } });
    const output = await python(
      node,
      `${attempts}
attempt(os.stat, '/none')
attempt(open, '/none/x', 'w')
attempt(os.mkdir, '/lib')
attempt(os.rmdir, '/lib')
attempt(os.remove, '/none')
attempt(os.listdir, '/lib/a.py')
print(list(os.ilistdir('/lib')), os.getcwd(), os.statvfs('/')[:3])
import a
print(a.A, a.__file__)
with open('/lib/b.bin', 'wb') as f:
    f.write(bytes(range(256)) * 200)
os.rename('/lib/b.bin', '/lib/a.py')
print(os.stat('/lib/a.py')[6])
with open('/lib/a.py', 'rb') as f:
    f.seek(51000)
    print(f.read(3), len(f.read()), f.tell())
with open('/lib/a.py', 'ab') as f:
    f.write(b'the ')
    f.write(b'end')
with open('/lib/a.py', 'rb') as f:
    f.seek(-7, 2)
    print(f.read())
os.chdir('/lib')
print(os.stat('a.py')[6], os.listdir())
os.chdir('/')
os.mkdir('/empty')
attempt(os.remove, '/lib')
attempt(os.remove, '/empty')
attempt(os.rmdir, '/lib/a.py')
print(os.listdir('/'), os.listdir('/lib'))`,
    );
    expect(output).toBe(
      '2\n2\n17\n39\n2\n20\n' +
        "[('a.py', 32768, 0, 6)] / (4096, 4096, 512)\n1 /lib/a.py\n51200\n" +
        "b'89:' 197 51200\nb'the end'\n51207 ['a.py']\n39\nNone\nNone\n['lib'] []\n",
    );
  });
});

describe.each(versions)('what a program sees on MicroPython %s', (micropython) => {
  it('is what the flash holds now, whoever changed it', async () => {
    const node = await startNode({ micropython, files: { '/lib/a.py': '', '/log': 'one ' } });
    const before = await python(
      node,
      `${attempts}
with open('/log', 'r+') as f:
    print(f.read(), end='')
    f.write('two ')
    f.seek(4)
    print(f.read(), end='')
print(os.stat('/log')[6])
with open('/log', 'a') as f:
    f.write('more')
    f.flush()
    print(os.stat('/log')[6], f.seek(0, 2))
attempt(os.stat, '/lib/b.py')
os.remove('/lib/a.py')
os.rmdir('/lib')
attempt(os.stat, '/lib/b.py')
attempt(os.listdir, '/lib')
open('/lib', 'w').close()
attempt(os.listdir, '/lib')
os.remove('/lib')
attempt(os.mkdir, '/lib')
print(os.listdir('/lib'))`,
    );
    expect(before).toBe('one two 8\n12 12\n2\n2\n2\n20\nNone\n[]\n');
    node.flash.removeTree('/lib');
    node.flash.writeFile('/lib', 'a file');
    const outside = await python(node, `print(os.stat('/lib')[6])\nattempt(os.stat, '/lib/b.py')`);
    expect(outside).toMatch(/^6\n(2|20)\n$/);
  });
});

describe('the flash', () => {
  it('runs full with ENOSPC and survives resets', async () => {
    const node = await startNode({ flash: Flash.memory({ sizeBytes: 64 * 1024 }) });
    const output = await python(
      node,
      `${attempts}
def fill():
    with open('/big', 'wb') as f:
        for _ in range(100):
            f.write(bytes(1024))
attempt(fill)
os.remove('/big')
with open('/small', 'w') as f:
    f.write('kept')`,
    );
    expect(output).toBe('28\n');
    node.reset('hard');
    await node.waitForBoot();
    expect(await python(node, "print(open('/small').read())")).toBe('kept\n');
  });

  it('can be a directory of this computer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ota-flash-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const node = await startNode({ flash: Flash.directory(folder) });
    await python(node, "import os\nos.mkdir('/data')\nwith open('/data/x', 'w') as f: f.write('on disk')");
    expect(await readFile(join(folder, 'data', 'x'), 'utf8')).toBe('on disk');
  });

  it('loses power before every operation of a program, and the node starts on what was left', async () => {
    const program = `
import os
with open('/new', 'w') as f:
    f.write('second')
os.rename('/new', '/file')
os.mkdir('/done')
`;
    const run = async (atOperation?: number): Promise<{ flash: Flash; operations: string[] }> => {
      const flash = Flash.memory();
      flash.writeFile('/file', 'first');
      flash.writeFile('/main.py', program);
      const node = await createNode({ flash });
      const off = once(node, 'powerOff');
      const starting = node.powerOn();
      if (atOperation) flash.cutPower({ atOperation, phase: 'before' });
      await starting;
      if (atOperation) await off;
      else await node.waitForOutput('>>> ');
      const operations = flash.operations.map(({ kind }) => kind);
      await node.close();
      return { flash, operations };
    };
    const { operations } = await run();
    expect(operations).toEqual(['create', 'write', 'close', 'rename', 'mkdir']);
    for (let cut = 1; cut <= operations.length; cut++) {
      const { flash, operations: done } = await run(cut);
      expect(done).toEqual(operations.slice(0, cut - 1));
      expect(flash.readText('/file')).toBe(cut <= 4 ? 'first' : 'second');
      const next = await createNode({ flash });
      await next.powerOn();
      await next.waitForOutput('>>> ');
      expect(flash.readText('/file')).toBe('second');
      await next.close();
    }
  });

  it('loses power in the middle of a write: half of it is there, or none where the flash is LittleFS', async () => {
    for (const [durability, left] of [
      ['on-write', 'first, sec'],
      ['on-close', ''],
    ] as const) {
      const flash = Flash.memory({ durability });
      flash.writeFile(
        '/main.py',
        `
with open('/log', 'wb') as f:
    f.write(b'first, ')
    f.write(b'second')
`,
      );
      const node = await createNode({ flash });
      const off = once(node, 'powerOff');
      const starting = node.powerOn();
      flash.cutPower({ atOperation: 3, phase: 'during' });
      await starting;
      await off;
      expect(flash.readText('/log')).toBe(left);
      await node.powerOn();
      await node.waitForOutput('>>> ');
      expect(flash.readText('/log')).toBe('first, second');
      await node.close();
    }
  });
});
