import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { EspRomLoader, serveRfc2217 } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../src/connect.ts';
import { TelnetDecoder, telnet } from '../src/port/telnet.ts';
import { buildFullImage } from './helpers/build-image.ts';
import { thrownBy } from './helpers/thrown.ts';

describe('a board behind a terminal server', () => {
  it('is reset into its loader, flashed at a high rate, and started', async () => {
    const chip = new EspRomLoader({ chip: 'esp32s3' });
    const server = await serveRfc2217(chip);
    onTestFinished(async () => {
      await server.close();
      await chip.close();
    });
    const image = buildFullImage({ chip: 'ESP32-S3', applicationSize: 20_000 });

    const flasher = await connect(`rfc2217://127.0.0.1:${server.port}`);
    await flasher.writeFlash([{ data: image }]);
    const { baud } = flasher;
    const hasReset = await flasher.reset();

    expect({ baud, hasReset }).toEqual({ baud: 460_800, hasReset: true });
    expect(Buffer.from(chip.flash.bytes.subarray(0, image.length))).toEqual(image);
    await expect.poll(() => chip.mode).toBe('run');
    await expect.poll(() => chip.lines).toEqual({ dtr: false, rts: false });
  });
});

describe('a terminal server', () => {
  it('that has no high rate is believed, and the chip is brought back to the one it has', async () => {
    const chip = new EspRomLoader({ chip: 'esp32c3' });
    const server = await serveRfc2217(chip, { highestBaud: 115_200 });
    onTestFinished(async () => {
      await server.close();
      await chip.close();
    });
    const lines: string[] = [];
    const flasher = await connect(`rfc2217://127.0.0.1:${server.port}`, { log: (line) => lines.push(line) });
    expect(flasher.baud).toBe(115_200);
    expect(await flasher.readFlash(0, 5000)).toHaveLength(5000);
    expect(lines.join()).toContain('The server has no rate of 460800, it says 115200');
    await flasher.close();
  });

  it.each([
    ['declines RFC 2217', [Buffer.of(255, telnet.dont, 44)], 'declines RFC 2217'],
    ['says nothing to it', [], 'does not speak RFC 2217'],
    ['does not answer for its rate', [Buffer.of(255, telnet.do, 44)], 'does not answer'],
    [
      'has no such rate',
      [Buffer.of(255, telnet.do, 44), telnet.command(44, 101, Buffer.of(0, 0, 0x25, 0x80))],
      'no rate of 115200, it says 9600',
    ],
  ])('that %s is no port', async (_, says, message) => {
    const address = await serveTelnet((socket) => {
      // Each when something has come in: first what it offers, then what it says of the rate.
      const left = [...says];
      socket.on('data', () => void socket.write(left.shift() ?? ''));
    });
    const error = await thrownBy(connect(address));
    expect(error.code).toBe('PORT_FAILED');
    expect(error.message).toContain(message);
  });

  it('that hangs up at once is lost', async () => {
    const address = await serveTelnet((socket) => socket.destroy());
    expect(await thrownBy(connect(address))).toMatchObject({ code: 'PORT_LOST' });
  });

  it('that does not move the lines leaves them to a person', async () => {
    const address = await serveTelnet((socket) => {
      const decoder = new TelnetDecoder({
        onData: () => undefined,
        onOption: (verb, option) => {
          if (verb === telnet.will && option === 44) socket.write(Buffer.of(255, telnet.do, 44));
        },
        // Its rate is what it is asked for, its lines are off.
        onCommand: (option, command, value) => {
          const says = command === 5 ? Buffer.of((value[0] ?? 0) < 10 ? 9 : 12) : value;
          socket.write(telnet.command(option, command + 100, says));
        },
      });
      socket.on('data', (bytes) => {
        decoder.push(bytes);
      });
    });
    const error = await thrownBy(connect(address, { attempts: 2 }));
    expect(error.code).toBe('NO_SYNC');
    expect(error.message).not.toContain('though it was reset');
  });
});

/** @returns its address, as `connect` takes it. */
async function serveTelnet(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `rfc2217://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('TelnetDecoder', () => {
  it('takes a stream apart however it is cut', () => {
    const data = Buffer.from([1, 255, 2, 255, 255, 3]);
    const value = Buffer.of(0, 7, 255, 240);
    const whole = Buffer.concat([
      telnet.escape(data),
      Buffer.of(255, telnet.do, 44),
      telnet.command(44, 101, value),
      Buffer.from('end'),
    ]);
    for (let size = 1; size <= whole.length; size += 1) {
      const seen: unknown[] = [];
      const received: Buffer[] = [];
      const decoder = new TelnetDecoder({
        onData: (bytes) => received.push(bytes),
        onOption: (verb, option) => seen.push([verb, option]),
        onCommand: (option, command, bytes) => seen.push([option, command, ...bytes]),
      });
      for (let at = 0; at < whole.length; at += size) decoder.push(whole.subarray(at, at + size));
      expect(Buffer.concat(received)).toEqual(Buffer.concat([data, Buffer.from('end')]));
      expect(seen).toEqual([
        [telnet.do, 44],
        [44, 101, 0, 7, 255, 240],
      ]);
    }
  });
});
