import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { findTool } from '@ota/testbed';
import { onTestFinished } from 'vitest';
import { MicroPythonDevice } from '../../src/index.ts';

/** Where Debian's firmware-microbit-micropython puts it. */
const firmware =
  process.env['OTA_MICROBIT_FIRMWARE'] ?? '/usr/share/firmware-microbit-micropython/firmware.hex';

/** A micro:bit in QEMU, with MicroPython 1.9.2: a board that nobody here wrote. Its UART is a TCP port. */
export async function microbit(): Promise<{ device: MicroPythonDevice; address: string }> {
  const port = await freePort();
  const child = spawn(
    findTool('qemu-system-arm') ?? 'qemu-system-arm',
    [
      ...['-M', 'microbit', '-display', 'none', '-monitor', 'none'],
      ...['-device', `loader,file=${firmware}`, '-serial', `tcp:127.0.0.1:${port},server=on,wait=off`],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => (words += bytes.toString()));
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const address = `socket://127.0.0.1:${port}`;
  const device = await connect(address, () => {
    if (child.exitCode !== null) throw new Error(`qemu-system-arm ended: ${words}`);
  });
  onTestFinished(() => device.close());
  return { device, address };
}

/** QEMU opens its port when it is ready. */
async function connect(address: string, check: () => void): Promise<MicroPythonDevice> {
  const endsAt = performance.now() + 20_000;
  for (;;) {
    try {
      return await MicroPythonDevice.connect(address);
    } catch (error) {
      check();
      if ((error as { code?: string }).code !== 'LINK_OPEN' || performance.now() > endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
