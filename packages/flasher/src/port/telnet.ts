const iac = 255;
const begin = 250;
const end = 240;

/** What of Telnet (RFC 854) a serial port over the network takes. */
export const telnet = {
  iac,
  will: 251,
  wont: 252,
  do: 253,
  dont: 254,
  /** A byte of 255 is sent twice. */
  escape: (bytes: Uint8Array): Buffer =>
    bytes.includes(iac)
      ? Buffer.from(Array.from(bytes).flatMap((byte) => (byte === iac ? [iac, iac] : [byte])))
      : Buffer.from(bytes),
  /** A subnegotiation: IAC SB option command value IAC SE. */
  command: (option: number, command: number, value: Uint8Array): Buffer =>
    Buffer.concat([Buffer.of(iac, begin, option, command), telnet.escape(value), Buffer.of(iac, end)]),
};

export interface TelnetEvents {
  onData: (bytes: Buffer) => void;
  onOption: (verb: number, option: number) => void;
  onCommand: (option: number, command: number, value: Buffer) => void;
}

/** A subnegotiation that is longer has lost its end. */
const longestCommand = 1024;

/** Takes a Telnet stream apart, wherever it is cut into chunks. */
export class TelnetDecoder {
  readonly #events: TelnetEvents;
  #state: 'data' | 'iac' | 'option' | 'command' | 'command-iac' = 'data';
  #verb = 0;
  #command: number[] = [];

  constructor(events: TelnetEvents) {
    this.#events = events;
  }

  push(bytes: Uint8Array): void {
    const data: number[] = [];
    for (const byte of bytes) this.#take(byte, data);
    if (data.length > 0) this.#events.onData(Buffer.from(data));
  }

  #take(byte: number, data: number[]): void {
    switch (this.#state) {
      case 'data':
        if (byte === iac) this.#state = 'iac';
        else data.push(byte);
        return;
      case 'iac':
        this.#afterIac(byte, data);
        return;
      case 'option':
        this.#state = 'data';
        this.#events.onOption(this.#verb, byte);
        return;
      case 'command':
        if (byte === iac) this.#state = 'command-iac';
        else this.#keep(byte);
        return;
      case 'command-iac':
        this.#state = byte === end ? 'data' : 'command';
        if (byte === iac) this.#keep(byte);
        if (byte === end) this.#finish();
    }
  }

  #afterIac(byte: number, data: number[]): void {
    this.#state = 'data';
    if (byte === iac) data.push(byte);
    if (byte >= telnet.will && byte <= telnet.dont) {
      this.#verb = byte;
      this.#state = 'option';
    }
    if (byte === begin) {
      this.#command = [];
      this.#state = 'command';
    }
  }

  #keep(byte: number): void {
    if (this.#command.length < longestCommand) this.#command.push(byte);
  }

  #finish(): void {
    const [option, command, ...value] = this.#command;
    if (option !== undefined && command !== undefined) {
      this.#events.onCommand(option, command, Buffer.from(value));
    }
  }
}
