import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listPorts } from '../src/index.ts';
import { findPort, kernelPorts } from '../src/link/list-ports.ts';
import { usbChip } from '../src/link/usb-chips.ts';
import { localTree } from './helpers/trees.ts';

it('lists likely boards first, and says what is there', async () => {
  const list = () =>
    Promise.resolve([
      { path: '/dev/ttyS0' },
      { path: '/dev/ttyUSB0', vendorId: '10C4', productId: 'EA60', serialNumber: '0001' },
      { path: '/dev/ttyACM0', vendorId: '303a', productId: '1001' },
    ]);
  expect(await listPorts({ list })).toMatchObject([
    { path: '/dev/ttyACM0', chip: 'ESP32 USB-Serial/JTAG', isLikely: true },
    { path: '/dev/ttyUSB0', chip: 'Silicon Labs CP210x', isLikely: true, serialNumber: '0001' },
    { path: '/dev/ttyS0', chip: undefined, isLikely: false },
  ]);
});

it('lists the same ports of this machine with udevadm and without', async () => {
  const paths = async (): Promise<string[]> => (await listPorts()).map(({ path }) => path);
  const before = await paths();
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const usb = before.filter((path) => /tty(USB|ACM)/.test(path));
  if (process.platform === 'linux') expect(await paths()).toEqual(usb);
  else expect(await paths()).toEqual(before);
});

it('finds USB numbers in the files of the kernel alone', async () => {
  const root = await localTree({
    'dev/ttyUSB0': '',
    'dev/ttyACM3': '',
    'dev/tty0': '',
    'sys/devices/usb1/idVendor': '1a86\n',
    'sys/devices/usb1/idProduct': '7523\n',
    'sys/devices/usb1/if0/ttyUSB0/x': '',
    'sys/devices/usb2/idVendor': '2e8a\n',
    'sys/devices/usb2/idProduct': '0005\n',
    'sys/devices/usb2/serial': 'e6\n',
    'sys/devices/usb2/if0/x': '',
  });
  for (const [name, target] of [
    ['ttyUSB0', 'usb1/if0/ttyUSB0'],
    ['ttyACM3', 'usb2/if0'],
  ] as const) {
    await mkdir(join(root, 'sys/class/tty', name), { recursive: true });
    await symlink(join(root, 'sys/devices', target), join(root, 'sys/class/tty', name, 'device'));
  }
  await writeFile(join(root, 'dev/null'), '');
  const ports = await kernelPorts(root);
  expect(ports.sort((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
    { path: '/dev/ttyACM3', vendorId: '2e8a', productId: '0005', serialNumber: 'e6' },
    { path: '/dev/ttyUSB0', vendorId: '1a86', productId: '7523', serialNumber: undefined },
  ]);
});

it('knows which chips a pulse on RTS resets', () => {
  expect(usbChip('303a', '1001')?.lineReset).toBe('esp');
  expect(usbChip('303a', '4001')?.lineReset).toBe('none');
  expect(usbChip('10c4', 'ea60')?.lineReset).toBe('esp');
  expect(usbChip('2e8a', '0005')?.lineReset).toBe('none');
  expect(usbChip('dead', 'beef')).toBeUndefined();
});

it.each([
  ['win32', 'com7', 'COM7'],
  ['win32', '\\\\.\\COM12', 'COM12'],
  ['darwin', '/dev/cu.usbserial-0001', '/dev/tty.usbserial-0001'],
  ['linux', '/dev/ttyUSB0', '/dev/ttyUSB0'],
] as const)('finds a port of %s by its name %s', async (platform, name, path) => {
  const list = () => Promise.resolve([{ path: '/dev/ttyS9' }, { path, vendorId: '10c4', productId: 'ea60' }]);
  expect(await findPort(name, { list }, platform)).toMatchObject({ path, chip: 'Silicon Labs CP210x' });
  expect(await findPort('/dev/other', { list }, platform)).toBeUndefined();
});

it('finds a port by a link to it, as in /dev/serial/by-id', async () => {
  const root = await localTree({ ttyACM0: '' });
  const path = await realpath(join(root, 'ttyACM0'));
  await symlink(path, join(root, 'usb-Espressif_JTAG-if00'));
  const list = () => Promise.resolve([{ path, vendorId: '303a', productId: '1001' }]);
  expect(await findPort(join(root, 'usb-Espressif_JTAG-if00'), { list }, 'linux')).toMatchObject({ path });
});
