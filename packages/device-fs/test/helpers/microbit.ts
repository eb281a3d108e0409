import { spawn } from 'node:child_process';
import { findTool } from '@ota/testbed';
import { freePort, listens } from './ports.ts';

/** Where Debian's firmware-microbit-micropython puts it. */
const firmware =
  process.env['OTA_MICROBIT_FIRMWARE'] ?? '/usr/share/firmware-microbit-micropython/firmware.hex';

export interface Microbit {
  /** Where its UART listens; QEMU takes one connection at a time. */
  port: number;
  powerOff: () => Promise<void>;
}

/** A micro:bit in QEMU, with MicroPython 1.9.2: a board that nobody here wrote. Its UART is a TCP port. */
export async function startMicrobit(): Promise<Microbit> {
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
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const powerOff = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await listens(port, () => {
      if (child.exitCode !== null) throw new Error(`qemu-system-arm ended: ${words}`);
    });
  } catch (error) {
    await powerOff();
    throw error;
  }
  return { port, powerOff };
}
