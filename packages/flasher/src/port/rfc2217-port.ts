import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { FlasherError } from '../errors.ts';
import { within } from '../link/wait.ts';
import { StreamPort } from './stream-port.ts';
import { openSocket } from './tcp-port.ts';
import { TelnetDecoder, telnet } from './telnet.ts';

/** Commands of RFC 2217; the server answers with 100 more. */
const setBaudRate = 1;
const setControl = 5;
const answered = 100;
const control = { dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 };
const comPortOption = 44;
const binary = 0;

/** As long as pyserial waits for an answer. */
const answerMs = 3000;

/** `rfc2217://host:port`: a serial port of another machine, with its rate, DTR and RTS (RFC 2217 over Telnet). */
export function rfc2217Port(url: string): StreamPort {
  return new StreamPort({
    open: async (baudRate) => {
      const stream = new Rfc2217Stream(await openSocket(url));
      try {
        await stream.begin();
        await stream.setBaudRate(baudRate);
      } catch (error) {
        stream.destroy();
        throw error;
      }
      return {
        stream,
        setSignals: (lines) => stream.setLines(lines),
        setBaudRate: (rate) => stream.setBaudRate(rate),
      };
    },
  });
}

function refused(problem: string, remedy: string): FlasherError {
  return new FlasherError('PORT_FAILED', problem, { remedy });
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
    onCommand: (option, command, value) => {
      if (option === comPortOption) this.#waiting?.(command - answered, value);
    },
  });
  /** Gets what the server says of its settings; one is asked for at a time. */
  #waiting: ((command: number, value: Buffer) => void) | undefined = undefined;
  /** Whether the server has the option that all of this is about; `undefined` until it says so. */
  #hasComPort: boolean | undefined = undefined;
  #onComPort: () => void = () => undefined;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#decoder.push(bytes);
    });
    // Whoever waits for an answer hears of it by then; a stream that nobody listens to yet would end the process.
    this.on('error', () => undefined);
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  /** @throws FlasherError PORT_FAILED unless the server has rate and lines to offer. */
  async begin(): Promise<void> {
    const agreed = new Promise<void>((resolve) => {
      this.#onComPort = resolve;
    });
    for (const option of [binary, comPortOption]) this.#option(telnet.will, option);
    this.#option(telnet.do, binary);
    const remedy = 'Turn RFC 2217 on at the server, or use socket:// for a port that is raw';
    await this.#inTime(agreed, () => refused('The server does not speak RFC 2217', remedy));
    if (this.#hasComPort === true) return;
    throw refused('The server offers neither rate nor DTR and RTS: it declines RFC 2217', remedy);
  }

  /** @throws FlasherError PORT_FAILED where the server has another rate than this, or does not say. */
  async setBaudRate(rate: number): Promise<void> {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(rate);
    const answer = await this.#ask(setBaudRate, [value]);
    const [has] = answer.map((bytes) => (bytes.length === 4 ? bytes.readUInt32BE() : undefined));
    if (has === rate) return;
    throw refused(
      `The server has no rate of ${rate}, it says ${has ?? 'nothing'}`,
      'Give a rate that it has',
    );
  }

  /**
   * Both lines in one segment: a board's reset must not see a state between.
   *
   * @throws FlasherError PORT_FAILED where the server does not move them.
   */
  async setLines({ dtr, rts }: { dtr: boolean; rts: boolean }): Promise<void> {
    const values = [dtr ? control.dtrOn : control.dtrOff, rts ? control.rtsOn : control.rtsOff];
    const answers = await this.#ask(
      setControl,
      values.map((value) => Buffer.of(value)),
    );
    if (answers.every((answer, index) => answer[0] === values[index])) return;
    throw refused('The server does not move DTR and RTS', 'Check that its port has these lines');
  }

  /** @returns what the server says of each setting, in order. */
  async #ask(command: number, values: readonly Buffer[]): Promise<Buffer[]> {
    const answers: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      this.#waiting = (of, value) => {
        // A server also speaks unasked, of its modem lines.
        if (of !== command) return;
        answers.push(value);
        if (answers.length === values.length) resolve();
      };
    });
    this.#socket.write(Buffer.concat(values.map((value) => telnet.command(comPortOption, command, value))));
    const remedy = 'Check that the server speaks RFC 2217, and the way to it';
    await this.#inTime(all, () => refused('The server does not answer what it is told of its port', remedy));
    return answers;
  }

  /** @throws what `late` makes; FlasherError PORT_LOST where the server hangs up meanwhile. */
  async #inTime<T>(answer: Promise<T>, late: () => FlasherError): Promise<T> {
    let onClose: () => void = () => undefined;
    const closed = new Promise<never>((_, reject) => {
      onClose = () => {
        const remedy = 'Check that nobody else has its port, and the way to it, then start again';
        reject(new FlasherError('PORT_LOST', 'The server hung up', { remedy }));
      };
      if (this.#socket.closed) onClose();
      else this.#socket.once('close', onClose);
    });
    try {
      return await within(answerMs, Promise.race([answer, closed]), late);
    } finally {
      this.#socket.off('close', onClose);
    }
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
    if (option === comPortOption && (verb === telnet.do || verb === telnet.dont)) {
      this.#hasComPort = verb === telnet.do;
      this.#onComPort();
    }
  }

  #option(verb: number, option: number): void {
    const key = `${verb} ${option}`;
    if (this.#agreed.has(key)) return;
    this.#agreed.add(key);
    this.#socket.write(Buffer.of(telnet.iac, verb, option));
  }
}
