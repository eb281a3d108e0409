import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EspRomLoader, findTool, serveOnTcp, servePty, type EspChip } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ChipName } from '../src/chips.ts';
import { connect } from '../src/connect.ts';
import { listPorts } from '../src/port/list-ports.ts';
import { buildFullImage } from './helpers/build-image.ts';
import { thrownBy } from './helpers/thrown.ts';

const run = promisify(execFile);
const nobody = 65_534;
const chips: { chip: EspChip; name: ChipName; offset: number }[] = [
  { chip: 'esp32', name: 'ESP32', offset: 0x1000 },
  { chip: 'esp32s3', name: 'ESP32-S3', offset: 0 },
  { chip: 'esp32c3', name: 'ESP32-C3', offset: 0 },
];

function makeChip(chip: EspChip): EspRomLoader {
  const made = new EspRomLoader({ chip, powerUp: 'download' });
  onTestFinished(() => made.close());
  return made;
}

function temporaryFile(name: string, bytes?: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-flasher-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, name);
  if (bytes !== undefined) writeFileSync(path, bytes);
  return path;
}

describe('a board behind a TCP port', () => {
  for (const { chip, name, offset } of chips) {
    for (const stub of [true, false]) {
      it(`with an ${name} is flashed ${stub ? 'with' : 'without'} the stub, and the port is free then`, async () => {
        const board = makeChip(chip);
        const server = await serveOnTcp(board);
        onTestFinished(() => server.close());
        const image = buildFullImage({ chip: name, applicationSize: 20_000 });

        const flasher = await connect(`socket://127.0.0.1:${server.port}`, { stub });
        await flasher.writeFlash([{ data: image }]);
        const hasReset = await flasher.reset();

        expect(hasReset).toBe(false);
        expect(Buffer.from(board.flash.bytes.subarray(offset, offset + image.length))).toEqual(image);
      });
    }
  }

  it('stays at the rate of the serial server, which nobody can tell another', async () => {
    const board = makeChip('esp32');
    board.setHostBaud(115_200);
    const server = await serveOnTcp(board);
    onTestFinished(() => server.close());
    const flasher = await connect(`socket://127.0.0.1:${server.port}`, { baud: 921_600 });
    const image = buildFullImage({ applicationSize: 20_000 });
    await flasher.writeFlash([{ data: image }], { baud: 460_800 });
    const { baud } = flasher;
    await flasher.close();
    expect(baud).toBe(115_200);
    expect(board.commands).not.toContain(0x0f);
    expect(Buffer.from(board.flash.bytes.subarray(0x1000, 0x1000 + image.length))).toEqual(image);
  });

  it('where nobody listens is not found', async () => {
    const server = createServer().listen(0);
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await new Promise((resolve) => server.close(resolve));
    expect(await thrownBy(connect(`socket://127.0.0.1:${port}`))).toMatchObject({ code: 'PORT_NOT_FOUND' });
  });
});

describe('a serial port', () => {
  it('that is not there is not found', async () => {
    expect(await thrownBy(connect('/dev/ttyNOBODY'))).toMatchObject({ code: 'PORT_NOT_FOUND' });
  });

  it('that is no serial port says so', async () => {
    expect(await thrownBy(connect(temporaryFile('no-port', Buffer.from('text'))))).toMatchObject({
      code: 'PORT_FAILED',
    });
  });

  it('can be listed, also on machines without udev', async () => {
    expect(Array.isArray(await listPorts())).toBe(true);
  });
});

describeWithTools(['socat'], 'a board behind a pseudo-terminal, through node-serialport', () => {
  for (const { chip, name, offset } of chips) {
    for (const stub of [true, false]) {
      it(`with an ${name} is flashed ${stub ? 'with' : 'without'} the stub`, async () => {
        const board = makeChip(chip);
        const pty = await servePty(board);
        onTestFinished(() => pty.close());
        const image = buildFullImage({ chip: name, applicationSize: 20_000 });

        const flasher = await connect(pty.path, { stub });
        await flasher.writeFlash([{ data: image }]);
        const back = await flasher.readFlash(offset, 3000);
        await flasher.close();

        expect(Buffer.from(board.flash.bytes.subarray(offset, offset + image.length))).toEqual(image);
        expect(Buffer.from(back)).toEqual(image.subarray(0, 3000));
      });
    }
  }

  it('that another program has is busy', async () => {
    const pty = await servePty(makeChip('esp32'));
    onTestFinished(() => pty.close());
    const first = await connect(pty.path);
    expect(await thrownBy(connect(pty.path))).toMatchObject({ code: 'PORT_BUSY' });
    await first.close();
    await (await connect(pty.path)).close();
  });

  it('that belongs to somebody else is not permitted', async () => {
    const pty = await servePty(makeChip('esp32'));
    onTestFinished(() => pty.close());
    const device = realpathSync(pty.path);
    chmodSync(device, 0);
    // Root may open everything: it has to be somebody else for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(nobody);
    try {
      expect(await thrownBy(connect(device))).toMatchObject({
        code: 'PORT_PERMISSION',
        remedy: expect.stringContaining('group') as string,
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('whose far end goes away is lost', async () => {
    const pty = await servePty(makeChip('esp32'));
    const flasher = await connect(pty.path, { commandMs: 500 });
    const reading = thrownBy(flasher.readFlash(0, 4_000_000));
    await pty.close();
    expect(await reading).toMatchObject({ code: 'PORT_LOST' });
  });
});

describeWithTools(['esptool', 'socat'], 'next to esptool, on the same chip', () => {
  for (const { chip, name, offset } of chips) {
    it(`an ${name}: what either wrote, the other confirms`, async () => {
      const board = makeChip(chip);
      const pty = await servePty(board);
      onTestFinished(() => pty.close());
      const ours = buildFullImage({ chip: name, applicationSize: 20_000 });
      const theirs = buildFullImage({ chip: name, applicationSize: 20_000, seed: 99 });
      const esptool = (...words: string[]) =>
        run(findTool('esptool') ?? 'esptool', [
          '--port',
          pty.path,
          '--before',
          'no-reset',
          '--after',
          'no-reset',
          ...words,
        ]);
      const at = `0x${offset.toString(16)}`;

      const first = await connect(pty.path, { after: 'stay' });
      await first.writeFlash([{ data: ours }]);
      await first.close();
      const { stdout } = await esptool('verify-flash', at, temporaryFile('ours.bin', ours));
      await esptool('write-flash', at, temporaryFile('theirs.bin', theirs));
      const second = await connect(pty.path, { after: 'stay' });
      await second.verifyFlash([{ data: theirs }]);
      const failure = await thrownBy(second.verifyFlash([{ data: ours }]));
      await second.close();
      const readBack = temporaryFile('back.bin');
      await esptool('read-flash', at, String(theirs.length), readBack);

      expect(stdout).toContain('Verification successful');
      expect(failure.code).toBe('VERIFY_FAILED');
      expect(readFileSync(readBack)).toEqual(theirs);
    });
  }
});
