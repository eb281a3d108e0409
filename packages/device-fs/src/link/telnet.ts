/** RFC 854: commands and options that a serial line over Telnet needs. */
export const telnet = {
  iac: 255,
  dont: 254,
  do: 253,
  wont: 252,
  will: 251,
  sb: 250,
  se: 240,
  binary: 0,
  suppressGoAhead: 3,
  comPort: 44,
} as const;

export interface TelnetEvents {
  data: (bytes: Buffer) => void;
  /** `DO`, `DONT`, `WILL` or `WONT` for an option. */
  negotiation: (command: number, option: number) => void;
  subnegotiation: (option: number, payload: Buffer) => void;
}

type State = 'data' | 'command' | 'option' | 'sub' | 'subCommand';

/** Takes what comes in apart, however it is cut. */
export class TelnetParser {
  readonly #events: TelnetEvents;
  #state: State = 'data';
  #command = 0;
  #sub: number[] = [];

  constructor(events: TelnetEvents) {
    this.#events = events;
  }

  push(bytes: Uint8Array): void {
    const data: number[] = [];
    for (const byte of bytes) {
      const passed = this.#step(byte);
      if (passed !== undefined) data.push(passed);
    }
    if (data.length > 0) this.#events.data(Buffer.from(data));
  }

  /** @returns a byte of data, if that is what it was. */
  #step(byte: number): number | undefined {
    switch (this.#state) {
      case 'data':
        if (byte !== telnet.iac) return byte;
        this.#state = 'command';
        return undefined;
      case 'command':
        return this.#onCommand(byte);
      case 'option':
        this.#state = 'data';
        this.#events.negotiation(this.#command, byte);
        return undefined;
      case 'sub':
        if (byte === telnet.iac) this.#state = 'subCommand';
        else this.#sub.push(byte);
        return undefined;
      case 'subCommand':
        this.#onSubCommand(byte);
        return undefined;
    }
  }

  #onCommand(byte: number): number | undefined {
    this.#state = 'data';
    if (byte === telnet.iac) return byte;
    if (byte === telnet.sb) {
      this.#sub = [];
      this.#state = 'sub';
    } else if (byte >= telnet.will) {
      this.#command = byte;
      this.#state = 'option';
    }
    return undefined;
  }

  #onSubCommand(byte: number): void {
    if (byte === telnet.iac) {
      this.#sub.push(byte);
      this.#state = 'sub';
      return;
    }
    this.#state = 'data';
    const [option, ...payload] = this.#sub;
    if (byte === telnet.se && option !== undefined) this.#events.subnegotiation(option, Buffer.from(payload));
  }
}

/** Data as it goes over the wire: 255 twice. */
export function escapeTelnet(bytes: Uint8Array): Buffer {
  if (!bytes.includes(telnet.iac)) return Buffer.from(bytes);
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === telnet.iac) out.push(byte);
  }
  return Buffer.from(out);
}

export function negotiation(command: number, option: number): Buffer {
  return Buffer.from([telnet.iac, command, option]);
}

export function subnegotiation(option: number, payload: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.from([telnet.iac, telnet.sb, option]),
    escapeTelnet(Uint8Array.from(payload)),
    Buffer.from([telnet.iac, telnet.se]),
  ]);
}
