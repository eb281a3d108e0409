import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { joinWifi, python, startNode, supported } from './helpers.ts';

/** A server on the loopback, gone with the test. */
async function serve(onConnection: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // the node may leave at any time
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

const open = (port: number): string => `${joinWifi}
import socket
s = socket.socket()
s.connect(socket.getaddrinfo('127.0.0.1', ${port})[0][-1])
`;

describe.each(supported)('MicroPython %s', (micropython) => {
  describe('a TCP client on the node', () => {
    it('sends and receives all byte values', async () => {
      const { port } = await serve((socket) => socket.pipe(socket));
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${open(port)}
data = bytes(range(256)) * 100
s.write(data[:10000])
buf = bytearray(10000)
print(s.readinto(buf), bytes(buf) == data[:10000])
print(s.send(b'xyz'), s.recv(100))
s.close()`,
      );
      expect(output).toBe("10000 True\n3 b'xyz'\n");
    });

    it('reads lines, exact counts and the rest, as MicroPython streams do', async () => {
      const { port } = await serve((socket) => socket.end('HTTP/1.0 200 OK\r\nA: b\r\n\r\nbody'));
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${open(port)}
f = s.makefile('rb')
print(f.readline(), f.readline(3), f.read(2), f.readline(), f.read(), f.read(), s.recv(5))`,
      );
      expect(output).toBe("b'HTTP/1.0 200 OK\\r\\n' b'A: ' b'b\\r' b'\\n' b'\\r\\nbody' b'' b''\n");
    });

    it('times out with ETIMEDOUT, would block with EAGAIN, reads None where nothing has come', async () => {
      const { port } = await serve(() => undefined);
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${open(port)}
def attempt(f):
    try:
        print(f())
    except OSError as e:
        print(e.errno)
s.settimeout(0.2)
start = time.ticks_ms()
attempt(lambda: s.recv(1))
print(200 <= time.ticks_diff(time.ticks_ms(), start) < 600)
s.setblocking(False)
attempt(lambda: s.recv(1))
attempt(lambda: s.read(1))
attempt(lambda: s.readline())`,
      );
      expect(output).toBe('116\nTrue\n11\nNone\nNone\n');
    });

    it('connects without blocking: EINPROGRESS, then poll says when it may write', async () => {
      const { port } = await serve((socket) => socket.pipe(socket));
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${joinWifi}
import errno, select, socket
s = socket.socket()
s.setblocking(False)
try:
    s.connect(('127.0.0.1', ${port}))
except OSError as e:
    print(e.errno == errno.EINPROGRESS)
poller = select.poll()
poller.register(s, select.POLLOUT)
print([event for _, event in poller.poll(2000)])
s.write(b'x')
poller.modify(s, select.POLLIN)
print([event for _, event in poller.ipoll(2000)], s.read(1))`,
      );
      expect(output).toBe("True\n[4]\n[1] b'x'\n");
    });

    it("gets the ESP32's errors: refused, reset, not connected, unknown name, no WiFi", async () => {
      const { port } = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
      const { port: closedPort, server } = await serve(() => undefined);
      server.close();
      const node = await startNode({ micropython, hosts: { 'nowhere.test': 'hang' } });
      const attempt = `
import socket
def attempt(f, *args):
    try:
        print(f(*args))
    except OSError as e:
        print(e.args[0])
`;
      const output = await python(
        node,
        `${attempt}
attempt(socket.getaddrinfo, 'localhost', 80)
attempt(socket.socket().connect, ('127.0.0.1', ${port}))
${joinWifi}
attempt(socket.socket().connect, ('127.0.0.1', ${closedPort}))
attempt(socket.socket().recv, 1)
s = socket.socket()
s.connect(('127.0.0.1', ${port}))
s.write(b'x')
attempt(s.recv, 1)
attempt(socket.getaddrinfo, 'no-such-host.invalid', 80)`,
      );
      expect(output).toBe('-202\n118\n104\n128\n104\n-202\n');
    });

    it('waits for a look-up that hangs until it is interrupted', async () => {
      const node = await startNode({ micropython, hosts: { 'slow.test': 'hang' } });
      await expect(
        node.exec(`${joinWifi}\nimport socket\nsocket.getaddrinfo('slow.test', 80)`, { timeoutMs: 1000 }),
      ).rejects.toMatchObject({ code: 'TIMEOUT' });
      await node.waitForOutput('KeyboardInterrupt');
    });

    it('loses its connections when the access point goes away', async () => {
      const { port } = await serve(() => undefined);
      const node = await startNode({ micropython });
      const running = node.exec(`${open(port)}
print('connected')
try:
    s.recv(1)
except OSError as e:
    print(e.errno, wlan.isconnected())`);
      await node.waitForOutput('connected');
      node.wifi.takeAway('site');
      await expect(running).resolves.toMatchObject({ output: 'connected\n113 False\n' });
    });

    it('does not take more than it can hold from a fast server', async () => {
      let sent = 0;
      const { port } = await serve((socket) => {
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          for (sent += chunk.length; socket.write(chunk); sent += chunk.length);
        };
        socket.on('drain', more);
        more();
      });
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${open(port)}
buf = bytearray(4096)
for _ in range(50):
    s.readinto(buf)
time.sleep_ms(300)
s.close()
print('read')`,
      );
      expect(output).toBe('read\n');
      expect(sent).toBeLessThan(20_000_000);
    });
  });

  describe('a TCP server on the node', () => {
    it('accepts, answers, and is found by the port the program asked for', async () => {
      const node = await startNode({ micropython });
      const running = node.exec(`${joinWifi}
import socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(('0.0.0.0', 80))
server.listen(1)
print('listening')
connection, address = server.accept()
print(address[0], connection.readline())
connection.write(b'hello\\n')
connection.close()
server.close()`);
      await node.waitForOutput('listening');
      const hostPort = await expect
        .poll(() => node.hostPort(80))
        .toBeTypeOf('number')
        .then(() => node.hostPort(80));
      const client = connect(hostPort ?? 0, '127.0.0.1');
      client.write('GET /\n');
      const [answer] = (await once(client, 'data')) as [Buffer];
      expect(answer.toString()).toBe('hello\n');
      await expect(running).resolves.toMatchObject({ output: "listening\n127.0.0.1 b'GET /\\n'\n" });
      client.destroy();
    });
  });

  describe('a port on the node', () => {
    it('is taken until its socket is closed, shared or not', async () => {
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `${joinWifi}
import socket
def attempt(f, *args):
    try:
        print(f(*args))
    except OSError as e:
        print(e.errno)
def new(reuse):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    return s
first = new(1)
first.bind(('0.0.0.0', 80))
first.listen(1)
attempt(new(0).bind, ('0.0.0.0', 80))
shared = new(1)
attempt(shared.bind, ('0.0.0.0', 80))
attempt(shared.listen)
attempt(new(0).bind, ('0.0.0.0', 81))
first.close()
attempt(shared.listen)
shared.close()
attempt(new(0).bind, ('0.0.0.0', 80))`,
      );
      expect(output).toBe('112\nNone\n112\nNone\nNone\nNone\n');
    });

    it('is not found any more when it is closed', async () => {
      const node = await startNode({ micropython });
      await python(
        node,
        `${joinWifi}
import socket
s = socket.socket()
s.bind(('0.0.0.0', 80))
s.listen(1)`,
      );
      await expect.poll(() => node.hostPort(80)).toBeTypeOf('number');
      await python(node, 's.close()');
      expect(node.hostPort(80)).toBeUndefined();
    });
  });

  describe('select', () => {
    it('polls sockets and the console together', async () => {
      const { port } = await serve((socket) => socket.once('data', () => socket.write('pong')));
      const node = await startNode({ micropython });
      await node.waitForOutput('>>> ');
      node.type('\x05');
      node.type(`${open(port)}
import select, sys
poller = select.poll()
poller.register(s, select.POLLIN)
poller.register(sys.stdin, select.POLLIN)
print('nothing', poller.poll(50))
s.write(b'ping')
(obj, event), = poller.poll(5000)
print('socket', obj is s, event, s.recv(10))
print('wai' + 'ting')
(obj, event), = poller.poll(5000)
print('console', obj is sys.stdin, event, sys.stdin.read(1))
s.close()
`);
      node.type('\x04');
      await node.waitForOutput('nothing []');
      await node.waitForOutput("socket True 1 b'pong'");
      await node.waitForOutput('waiting');
      node.type('k');
      await node.waitForOutput('console True 1 k');
    });
  });
});
