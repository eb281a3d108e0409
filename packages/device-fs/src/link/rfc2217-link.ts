import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { LinkError } from '../errors.ts';
import { pause } from '../wait.ts';
import type { ControlLines, Link } from './link.ts';
import type { SerialOptions } from './serial-link.ts';
import { closeStream } from './stream-link.ts';
import { escapeTelnet, negotiation, subnegotiation, telnet, TelnetParser } from './telnet.ts';

/** RFC 2217: what a client asks of the port; the server answers with 100 more. */
const ask = { baudRate: 1, dataSize: 2, parity: 3, stopSize: 4, control: 5 } as const;
const answer = 100;
const control = { noFlow: 1, dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 } as const;
const eightBits = 8;
const noParity = 1;
const oneStopBit = 1;
/** For an answer that not every server gives: esp_rfc2217_server says nothing to DTR and RTS, and pulses them itself. */
const orderMs = 100;

/**
 * A serial port on another computer.
 *
 * @throws LinkError LINK_NEGOTIATION where the other end does not speak RFC 2217.
 */
export async function openRfc2217(
  socket: Socket,
  name: string,
  options: SerialOptions,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Link> {
  const stream = new TelnetStream(socket, name, timeoutMs, signal);
  const { baudRate = 115_200, lines, lineReset = 'esp' } = options;
  try {
    await stream.negotiate();
    const baud = Buffer.alloc(4);
    baud.writeUInt32BE(baudRate);
    const got = Buffer.from(await stream.command(ask.baudRate, [...baud]));
    if (got.length === 4) requireRate(name, baudRate, got.readUInt32BE());
    await stream.command(ask.dataSize, [eightBits]);
    await stream.command(ask.parity, [noParity]);
    await stream.command(ask.stopSize, [oneStopBit]);
    await stream.command(ask.control, [control.noFlow]);
    stream.requireBinary(); // what it says to that has come before its answers to the commands
    const setLines = async ({ dtr, rts }: ControlLines): Promise<void> => {
      await stream.order(ask.control, [rts ? control.rtsOn : control.rtsOff]);
      await stream.order(ask.control, [dtr ? control.dtrOn : control.dtrOff]);
    };
    if (lines) await setLines(lines);
    return { name, stream, lineReset, setLines, close: () => closeStream(stream) };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** A port that has only a few rates takes the nearest: a board understands one that is a little off. */
const rateTolerance = 0.03;

/** @throws LinkError LINK_NEGOTIATION where the port has another rate than was asked for. */
function requireRate(name: string, wanted: number, actual: number): void {
  if (Math.abs(actual - wanted) <= wanted * rateTolerance) return;
  const message = `${name} runs at ${actual} baud and not at ${wanted}: ask for a rate that its port can have`;
  throw new LinkError('LINK_NEGOTIATION', message);
}

/** The data of a Telnet connection; options are agreed on beside it. */
class TelnetStream extends Duplex {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #accepted = new Set<number>();
  readonly #refused = new Set<number>();
  readonly #notDone = new Set<number>();
  readonly #answers = new Map<number, readonly number[]>();
  #look: () => void = () => undefined;

  constructor(socket: Socket, name: string, timeoutMs: number, signal: AbortSignal | undefined) {
    super();
    this.#socket = socket;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    const parser = new TelnetParser({
      data: (bytes) => this.push(bytes),
      negotiation: (command, option) => {
        this.#onNegotiation(command, option);
      },
      subnegotiation: (option, payload) => {
        const [code, ...rest] = payload;
        if (option === telnet.comPort && code !== undefined) this.#answers.set(code - answer, rest);
        this.#look();
      },
    });
    socket.on('data', (bytes: Buffer) => {
      parser.push(bytes);
    });
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      this.push(null);
      this.destroy();
      this.#look();
    });
  }

  /** Both ways binary, and the port's options. */
  async negotiate(): Promise<void> {
    for (const option of [telnet.comPort, telnet.binary, telnet.suppressGoAhead]) {
      this.#socket.write(negotiation(telnet.will, option));
    }
    for (const option of [telnet.binary, telnet.suppressGoAhead]) {
      this.#socket.write(negotiation(telnet.do, option));
    }
    await this.#until('agree to control a serial port', () => {
      if (this.#refused.has(telnet.comPort))
        throw this.#error('refuses to let the serial port be controlled');
      return this.#accepted.has(telnet.comPort);
    });
  }

  /**
   * @returns what the server says that it did.
   * @throws LinkError LINK_NEGOTIATION where the server does not answer.
   */
  async command(code: number, payload: readonly number[]): Promise<readonly number[]> {
    this.#ask(code, payload);
    await this.#until(`answer to command ${code}`, () => this.#answers.has(code));
    return this.#answers.get(code) ?? [];
  }

  /** @throws LinkError LINK_NEGOTIATION where the server said that it changes some bytes, as Telnet may. */
  requireBinary(): void {
    if (this.#refused.has(telnet.binary) || this.#notDone.has(telnet.binary))
      throw this.#error('refuses to carry all bytes as they are (BINARY)');
  }

  /** A command that need not be answered. @throws LinkError LINK_LOST where the connection is gone. */
  async order(code: number, payload: readonly number[]): Promise<void> {
    this.#ask(code, payload);
    const heard = new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.#answers.has(code) || this.destroyed) resolve();
      };
    });
    const done = new AbortController();
    await Promise.race([heard, pause(orderMs, done.signal).catch(() => undefined)]);
    done.abort();
    this.#look = () => undefined;
    if (this.destroyed) throw new LinkError('LINK_LOST', `the connection to ${this.#name} broke: try again`);
  }

  #ask(code: number, payload: readonly number[]): void {
    this.#answers.delete(code);
    this.#socket.write(subnegotiation(telnet.comPort, [code, ...payload]));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(escapeTelnet(chunk), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #onNegotiation(command: number, option: number): void {
    if (command === telnet.do) this.#accepted.add(option);
    else if (command === telnet.dont) this.#refused.add(option);
    else if (command === telnet.wont) this.#notDone.add(option);
    else if (command === telnet.will && option !== telnet.binary && option !== telnet.suppressGoAhead) {
      // Echo and the like: not wanted on a serial line.
      this.#socket.write(negotiation(telnet.dont, option));
    }
    const isKnown =
      option === telnet.comPort || option === telnet.binary || option === telnet.suppressGoAhead;
    if (command === telnet.do && !isKnown) this.#socket.write(negotiation(telnet.wont, option));
    this.#look();
  }

  #until(what: string, isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#signal?.removeEventListener('abort', onAbort);
        this.#look = () => undefined;
        action();
      };
      const fail = (error: Error): void => {
        settle(() => {
          reject(error);
        });
      };
      const onAbort = (): void => {
        fail(this.#signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        fail(this.#error(`did not ${what} within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      this.#look = () => {
        try {
          if (isDone()) settle(resolve);
          else if (this.destroyed) fail(this.#error(`hung up before it could ${what}`));
        } catch (error) {
          fail(error as Error);
        }
      };
      if (this.#signal?.aborted) onAbort();
      else this.#signal?.addEventListener('abort', onAbort, { once: true });
      this.#look();
    });
  }

  #error(what: string): LinkError {
    const hint =
      'is an RFC 2217 server there (ser2net, esp_rfc2217_server)? For a plain TCP port write socket://';
    return new LinkError('LINK_NEGOTIATION', `${this.#name} ${what}: ${hint}`);
  }
}
