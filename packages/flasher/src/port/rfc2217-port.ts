import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { StreamPort } from './stream-port.ts';
import { openSocket } from './tcp-port.ts';
import { TelnetDecoder, telnet } from './telnet.ts';

/** Commands of RFC 2217; the server answers with 100 more. */
const setBaudRate = 1;
const setControl = 5;
const control = { dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 };
const comPortOption = 44;
const binary = 0;

/** `rfc2217://host:port`: a serial port of another machine, with its rate, DTR and RTS (RFC 2217 over Telnet). */
export function rfc2217Port(url: string): StreamPort {
  return new StreamPort({
    open: async (baudRate) => {
      const stream = new Rfc2217Stream(await openSocket(url));
      stream.begin();
      stream.setBaudRate(baudRate);
      return {
        stream,
        setSignals: (lines) => {
          stream.setLines(lines);
          return Promise.resolve();
        },
        setBaudRate: (rate) => {
          stream.setBaudRate(rate);
          return Promise.resolve();
        },
      };
    },
  });
}

/** The bytes of the serial port, without what Telnet puts around them. */
class Rfc2217Stream extends Duplex {
  readonly #socket: Socket;
  readonly #agreed = new Set<string>();
  readonly #decoder = new TelnetDecoder({
    onData: (bytes) => this.push(bytes),
    onOption: (verb, option) => {
      this.#answer(verb, option);
    },
    // What the server says of a setting is what it was asked for; lines and rates take effect in the order of sending.
    onCommand: () => undefined,
  });

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#decoder.push(bytes);
    });
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  begin(): void {
    for (const option of [binary, comPortOption]) this.#option(telnet.will, option);
    this.#option(telnet.do, binary);
  }

  setBaudRate(rate: number): void {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(rate);
    this.#socket.write(telnet.command(comPortOption, setBaudRate, value));
  }

  /** Both lines in one segment: a board's reset must not see a state between. */
  setLines({ dtr, rts }: { dtr: boolean; rts: boolean }): void {
    const values = [dtr ? control.dtrOn : control.dtrOff, rts ? control.rtsOn : control.rtsOff];
    this.#socket.write(
      Buffer.concat(values.map((value) => telnet.command(comPortOption, setControl, Buffer.of(value)))),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(telnet.escape(chunk), done);
  }

  override _read(): void {
    return;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What was sent last lets go of the lines: it has to arrive.
    this.#socket.destroySoon();
    done(error);
  }

  /** Agrees to what this needs, declines the rest, and answers nothing twice. */
  #answer(verb: number, option: number): void {
    const isWanted = option === binary || option === comPortOption;
    if (verb === telnet.do) this.#option(isWanted ? telnet.will : telnet.wont, option);
    if (verb === telnet.will) this.#option(isWanted ? telnet.do : telnet.dont, option);
  }

  #option(verb: number, option: number): void {
    const key = `${verb} ${option}`;
    if (this.#agreed.has(key)) return;
    this.#agreed.add(key);
    this.#socket.write(Buffer.of(telnet.iac, verb, option));
  }
}
