import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { VirtualNode } from '../../src/index.ts';
import { createNode, joinWifi, python, startNode, supported } from './helpers.ts';

const attempt = `
def attempt(f, *args):
    try:
        print(f(*args))
    except (OSError, ValueError) as e:
        print(type(e).__name__, e.args[0])
`;

describe.each(supported)('what a program on MicroPython %s may pass', (micropython) => {
  it('takes bytes where the firmware takes a string', async () => {
    const node = await startNode({ micropython, files: { '/a': 'a' } });
    const output = await python(
      node,
      `${joinWifi.replace("'site', ''", "b'site', b''")}
import esp32, os, socket
print(wlan.config('ssid'), socket.getaddrinfo(b'127.0.0.1', 80)[0][-1])
esp32.NVS(b'app').set_i32(b'n', 7)
os.rename(b'/a', b'/b')
print(esp32.NVS('app').get_i32('n'), os.stat('/b')[6])`,
    );
    expect(output).toBe("site ('127.0.0.1', 80)\n7 1\n");
  });

  it("refuses what it cannot take with the port's errors, and goes on", async () => {
    const node = await startNode({ micropython });
    const output = await python(
      node,
      `${joinWifi}${attempt}
import machine, socket, _host
attempt(socket.getaddrinfo, '127.0.0.1', 70000)
attempt(socket.socket().connect, ('127.0.0.1', 70000))
attempt(socket.socket().connect, ('127.0.0.1', -1))
attempt(socket.socket().bind, ('0.0.0.0', 65536))
print(machine.Pin(2, None, None).value())
print(_host.call('pin.get', 'led'), _host.call('wlan.connect', [], b'x'))`,
    );
    expect(output).toBe(`${'OSError -201\n'.repeat(4)}0\n-22 -22\n`);
  });
});

describe('a node that ends while somebody waits for it', () => {
  const waits = {
    exec: (node: VirtualNode) =>
      node.exec('import time\nwhile True: time.sleep_ms(10)', { timeoutMs: 60_000 }),
    waitForOutput: (node: VirtualNode) => node.waitForOutput('never', { timeoutMs: 60_000 }),
    waitForBoot: (node: VirtualNode) => node.waitForBoot({ timeoutMs: 60_000 }),
  };

  it.each(Object.entries(waits))('tells %s that its power is gone', async (_, wait) => {
    const node = await startNode();
    const ended = expect(wait(node)).rejects.toMatchObject({ code: 'NODE_STATE' });
    await node.powerOff();
    await ended;
  });

  it.each(Object.entries(waits))('tells %s that MicroPython has died, and of what', async (_, wait) => {
    const node = await startNode();
    const crashes: Error[] = [];
    node.on('crash', (error) => crashes.push(error));
    await node.exec(
      "import machine, _host\nmachine.Timer(0).init(period=100, callback=lambda t: _host.call('no.such'))",
    );
    const ended = expect(wait(node)).rejects.toMatchObject({
      code: 'NODE_CRASH',
      message: 'node: the syscall no.such failed: there is no such call',
    });
    await ended;
    expect(crashes).toHaveLength(1);
    expect(node.isOn).toBe(false);
  });

  it('keeps the process alive until exec has timed out', async () => {
    const index = new URL('../../dist/index.js', import.meta.url).href;
    const script = `import { VirtualNode } from ${JSON.stringify(index)};
const node = await VirtualNode.create();
await node.exec('1', { timeoutMs: 100 }).catch((error) => console.log(error.code));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('TIMEOUT\n');
  });

  it('leaves the waits of a node that was never on to their time', async () => {
    const node = await createNode();
    await expect(node.waitForBoot({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});
