import { randomBytes } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { servePty, serveOnTcp, type VirtualNode } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MicroPythonDevice, openLink, runRepl, type ConnectOptions } from '../src/index.ts';
import { openError, openSerial, type MakePort } from '../src/link/serial-link.ts';
import { startNode } from './helpers/boards.ts';
import { espServer } from './helpers/esp-rfc2217-server.ts';
import { rfc2217Server } from './helpers/rfc2217-server.ts';
import { localTree } from './helpers/trees.ts';
import { webReplServer } from './helpers/webrepl-server.ts';

const content = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, i) => i)), randomBytes(5000)]);

/** All bytes there and back, and the board left running. */
async function isWholeWay(node: VirtualNode, address: string, options: ConnectOptions = {}): Promise<void> {
  const device = await MicroPythonDevice.connect(address, options);
  await device.files.writeFile('/x.bin', content);
  expect((await device.files.readFile('/x.bin')).equals(content)).toBe(true);
  const prompt = node.waitForOutput(/MicroPython [^]*>>> $/);
  await device.close();
  await prompt;
  expect(node.boots).toBe(1);
  expect((await node.exec('print(1)')).output).toBe('1\n');
}

describe('an address', () => {
  it.each([
    ['gopher://x:1', 'LINK_ADDRESS'],
    ['socket://', 'LINK_ADDRESS'],
    ['socket://localhost', 'LINK_ADDRESS'],
    ['ws://user:secret@localhost', 'LINK_ADDRESS'],
  ])('%s is refused', async (address, code) => {
    const opening = openLink(address);
    await expect(opening).rejects.toMatchObject({ code });
    await expect(opening).rejects.not.toThrow(/secret/);
  });
});

describe('socket://', () => {
  it('carries all bytes', async () => {
    const node = await startNode();
    const tcp = await serveOnTcp(node.console);
    onTestFinished(() => tcp.close());
    await isWholeWay(node, `socket://${tcp.host}:${tcp.port}`);
  });

  it('notices that the other computer is gone, though nothing is sent', async () => {
    const node = await startNode();
    const tcp = await serveOnTcp(node.console);
    onTestFinished(() => tcp.close());
    const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
    const link = await openLink(`socket://${tcp.host}:${tcp.port}`);
    expect(keepAlive).toHaveBeenCalledWith(true, 10_000);
    await link.close();
  });

  it('says what to do where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(openLink(`socket://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'LINK_OPEN',
      message: expect.stringMatching(/nothing listens/) as string,
    });
  });
});

describe('rfc2217://', () => {
  it('carries all bytes, 255 among them, at the rate that was asked for', async () => {
    const node = await startNode();
    const server = await rfc2217Server(node);
    await isWholeWay(node, server.address, { baudRate: 57_600 });
    expect(server.asked).toContainEqual([1, 0, 0, 225, 0]);
    expect(server.asked).toContainEqual([2, 8]);
    // Lines that nobody asked to change are left as they are.
    expect(server.asked.filter(([command, value = 0]) => command === 5 && value > 7)).toEqual([]);
  });

  it.each([
    ['answers', true],
    ['says nothing', false],
  ])('resets an ESP board by its lines, though the server %s to that', async (_, answersLines) => {
    const node = await startNode();
    const server = await rfc2217Server(node, { answersLines });
    const device = await MicroPythonDevice.connect(server.address);
    server.asked.length = 0;
    await device.reset('hard');
    // RTS on and DTR off is EN low; then both off.
    expect(server.asked).toEqual([
      [5, 11],
      [5, 9],
      [5, 12],
      [5, 9],
    ]);
    await device.close();
  });

  it('is negotiated however the server cuts its answers', async () => {
    const node = await startNode();
    const server = await rfc2217Server(node, { bytesAtOnce: 1 });
    await isWholeWay(node, server.address);
  });

  it('refuses a server that does not speak it', async () => {
    const node = await startNode();
    const tcp = await serveOnTcp(node.console);
    onTestFinished(() => tcp.close());
    const plain = openLink(`rfc2217://${tcp.host}:${tcp.port}`, { openMs: 300 });
    await expect(plain).rejects.toMatchObject({ code: 'LINK_NEGOTIATION' });
    const server = await rfc2217Server(node, { agrees: false });
    await expect(openLink(server.address)).rejects.toMatchObject({ code: 'LINK_NEGOTIATION' });
  });
});

describe('rfc2217://', () => {
  it.each([
    ['has another rate', { baudRate: 9600 }, /9600 baud and not at 115200/],
    ['changes bytes on their way there', { binary: { there: false } }, /all bytes/],
    ['changes bytes on their way back', { binary: { back: false } }, /all bytes/],
  ])('refuses a port that %s', async (_, server, message) => {
    const { address } = await rfc2217Server(await startNode(), server);
    const opening = openLink(address);
    await expect(opening).rejects.toMatchObject({ code: 'LINK_NEGOTIATION' });
    await expect(opening).rejects.toThrow(message);
  });

  it('takes a rate that is a little off, as the dividers of a UART make it', async () => {
    const { address } = await rfc2217Server(await startNode(), { baudRate: 114_286 });
    await (await openLink(address)).close();
  });
});

describeWithTools(['esptool'], 'the RFC 2217 server of esptool', () => {
  it('carries all bytes, and pulses the lines by itself', async () => {
    const node = await startNode();
    const tcp = await serveOnTcp(node.console);
    onTestFinished(() => tcp.close());
    const server = await espServer(`socket://${tcp.host}:${tcp.port}`);
    await isWholeWay(node, server.address, { baudRate: 57_600 });
    const device = await MicroPythonDevice.connect(server.address);
    await device.reset('hard');
    await server.says(/hard reset/i);
    expect(await device.eval('1')).toBe(1);
    await device.close();
  });
});

describe('ws://', () => {
  it('carries all bytes once the password is right', async () => {
    const node = await startNode();
    await isWholeWay(node, await webReplServer(node, 'se:cr/et'), { password: 'se:cr/et' });
  });

  it('refuses a wrong password, or none, without repeating it', async () => {
    const node = await startNode();
    const address = await webReplServer(node, 'right');
    const wrong = openLink(address, { password: 'wrongword' });
    await expect(wrong).rejects.toMatchObject({ code: 'LINK_PASSWORD' });
    await expect(wrong).rejects.not.toThrow(/wrongword/);
    await expect(openLink(address)).rejects.toMatchObject({ code: 'LINK_PASSWORD' });
  });

  it('says so where nobody listens, or where it is no WebREPL', async () => {
    await expect(openLink('ws://127.0.0.1:9')).rejects.toMatchObject({ code: 'LINK_OPEN' });
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => silent.close(resolve));
    });
    const { port } = silent.address() as AddressInfo;
    await expect(openLink(`ws://127.0.0.1:${port}`, { openMs: 300 })).rejects.toMatchObject({
      code: 'LINK_OPEN',
    });
  });
});

describeWithTools(['socat'], 'a serial port', () => {
  it('carries all bytes, and is free again afterwards', async () => {
    const node = await startNode();
    const terminal = await servePty(node.console);
    onTestFinished(() => terminal.close());
    await isWholeWay(node, terminal.path);
    await isWholeWay(node, terminal.path);
  });

  it('is busy while somebody else has it', async () => {
    const node = await startNode();
    const terminal = await servePty(node.console);
    onTestFinished(() => terminal.close());
    const device = await MicroPythonDevice.connect(terminal.path);
    await expect(openLink(terminal.path)).rejects.toMatchObject({
      code: 'LINK_BUSY',
      message: expect.stringMatching(/another program/) as string,
    });
    await device.close();
  });

  it('is not opened by those who may not', async () => {
    const node = await startNode();
    const terminal = await servePty(node.console);
    onTestFinished(() => terminal.close());
    await openLink(terminal.path).then((link) => link.close());
    await asStranger(terminal.path, () =>
      expect(openLink(terminal.path)).rejects.toMatchObject({
        code: 'LINK_PERMISSION',
        message: expect.stringMatching(/dialout/) as string,
      }),
    );
  });

  it('may go away and come back during a REPL session', async () => {
    const node = await startNode();
    const path = join(await localTree(), 'ttyBOARD');
    let terminal = await servePty(node.console, { path });
    onTestFinished(() => terminal.close());
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = '';
    output.on('data', (bytes: Buffer) => (shown += bytes.toString()));
    const shows = (text: string) => expect.poll(() => shown, { timeout: 10_000 }).toContain(text);
    const session = runRepl(path, { input, output, retryMs: 20 });
    await shows('>>> ');
    await terminal.close();
    await shows('the connection is lost');
    terminal = await servePty(node.console, { path });
    await shows('connected again');
    input.write('print("back" * 2)\r');
    await shows('backback');
    input.end();
    await session;
  });
});

/** Does it with the rights of somebody to whom the file is closed. */
async function asStranger(path: string, action: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  const { mode } = await stat(path);
  await chmod(path, 0);
  try {
    if (isRoot) process.seteuid?.('nobody'); // nothing is closed to root
    await action();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, mode);
  }
}

describe('a serial port', () => {
  const openMs = 5000;

  /** A port of nobody, which notes what is done to its lines. */
  function fakePort(openError?: Error): { make: MakePort; lines: object[] } {
    const lines: object[] = [];
    const port = Object.assign(new PassThrough(), {
      path: '/dev/ttyFAKE0',
      isOpen: true,
      open: (done: (error?: Error) => void) => {
        done(openError);
      },
      set: ({ dtr, rts }: { dtr: boolean; rts: boolean }, done: () => void) => {
        lines.push({ dtr, rts });
        done();
      },
      drain: (done: () => void) => {
        done();
      },
      close: (done: () => void) => {
        done();
      },
    });
    return { make: () => port as unknown as ReturnType<MakePort>, lines };
  }

  it('is opened with both lines on, which resets nothing, or as the caller says', async () => {
    const { make, lines } = fakePort();
    await (await openSerial('/dev/ttyFAKE0', {}, openMs, undefined, { makePort: make })).close();
    expect(lines[0]).toEqual({ dtr: true, rts: true });
    const other = fakePort();
    await openSerial('/dev/ttyFAKE0', { lines: { dtr: false, rts: false } }, openMs, undefined, {
      makePort: other.make,
    });
    expect(other.lines[0]).toEqual({ dtr: false, rts: false });
  });

  it.each([
    ['No such file or directory, cannot open /dev/ttyUSB7', 'LINK_NOT_FOUND', /plug the board in/],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'LINK_PERMISSION', /dialout/],
    ['Error Resource temporarily unavailable Cannot lock port', 'LINK_BUSY', /another program/],
    ['Error: Input/output error', 'LINK_OPEN', /Input\/output/],
  ])('tells what to do about "%s"', async (message, code, hint) => {
    const { make } = fakePort(new Error(message));
    const opening = openSerial('/dev/ttyUSB0', {}, openMs, undefined, { makePort: make });
    await expect(opening).rejects.toMatchObject({ code });
    await expect(opening).rejects.toThrow(hint);
  });

  it('tells of the group dialout only where there is one', () => {
    const cause = new Error('Error: Permission denied, cannot open /dev/cu.usbserial');
    expect(openError('/dev/cu.usbserial', cause, 'linux').message).toMatch(/dialout/);
    expect(openError('/dev/cu.usbserial', cause, 'darwin').message).not.toMatch(/dialout/);
  });

  /** A port whose driver opens it when it likes. */
  function slowPort() {
    const { make, ...rest } = fakePort();
    const closed = vi.fn((done: () => void) => {
      done();
    });
    let open: () => void = () => undefined;
    const makePort: MakePort = (settings) =>
      Object.assign(make(settings), {
        open: (done: (error: Error | null) => void) => {
          open = () => {
            done(null);
          };
        },
        close: closed,
      });
    return {
      ...rest,
      makePort,
      closed,
      open: () => {
        open();
      },
    };
  }

  it('that does not open is given up in time, and closed where it opens after that', async () => {
    const { makePort, closed, open } = slowPort();
    const opening = openSerial('/dev/ttyFAKE0', {}, 50, undefined, { makePort });
    await expect(opening).rejects.toMatchObject({ code: 'LINK_OPEN' });
    expect(closed).not.toHaveBeenCalled();
    open();
    await vi.waitFor(() => {
      expect(closed).toHaveBeenCalledOnce();
    });
  });

  it('that does not open is given up when the signal says so', async () => {
    const { makePort } = slowPort();
    const controller = new AbortController();
    const reason = new Error('enough');
    const opening = openSerial('/dev/ttyFAKE0', {}, openMs, controller.signal, { makePort });
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  it('opens though the system cannot list its ports', async () => {
    const { make } = fakePort();
    const list = () => Promise.reject(new Error('no permission for /sys'));
    const link = await openSerial('/dev/ttyUSB0', {}, openMs, undefined, { makePort: make, list });
    expect(link.lineReset).toBe('esp');
    await link.close();
  });

  it('is reset by what its chip wants, whatever name it was given', async () => {
    const { make } = fakePort();
    const list = () => Promise.resolve([{ path: '/dev/ttyUSB0', vendorId: '2e8a', productId: '0005' }]);
    const link = await openSerial('/dev/ttyUSB0', {}, openMs, undefined, { makePort: make, list });
    expect(link.lineReset).toBe('none');
    await link.close();
  });

  it('that is not there is not found', async () => {
    await expect(openLink('/dev/ttyNOBODY9')).rejects.toMatchObject({ code: 'LINK_NOT_FOUND' });
  });
});
