const end = 0xc0;
const escape = 0xdb;
const escapedEnd = 0xdc;
const escapedEscape = 0xdd;

/** One SLIP frame (RFC 1055), delimited on both sides. */
export function slipEncode(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(packet.length * 2 + 2);
  let length = 1;
  frame[0] = end;
  for (const byte of packet) {
    if (byte === end || byte === escape) {
      frame[length++] = escape;
      frame[length++] = byte === end ? escapedEnd : escapedEscape;
    } else {
      frame[length++] = byte;
    }
  }
  frame[length++] = end;
  return frame.subarray(0, length);
}

/** More than any frame of the protocol; a frame that grows beyond has lost its end. */
const longestFrame = 0x1_0000;

/** Takes frames out of a stream of bytes, and keeps what lies between them: what the chip says as text. */
export class SlipDecoder {
  readonly #onPacket: (packet: Uint8Array) => void;
  readonly #onNoise: (bytes: Uint8Array) => void;
  readonly #frame = new Uint8Array(longestFrame);
  /** -1 outside of a frame. */
  #length = -1;
  #isEscaping = false;

  constructor(onPacket: (packet: Uint8Array) => void, onNoise: (bytes: Uint8Array) => void) {
    this.#onPacket = onPacket;
    this.#onNoise = onNoise;
  }

  get isInFrame(): boolean {
    return this.#length >= 0;
  }

  reset(): void {
    this.#length = -1;
    this.#isEscaping = false;
  }

  push(bytes: Uint8Array): void {
    let noiseFrom = 0;
    for (const [index, byte] of bytes.entries()) {
      if (this.#length < 0) {
        if (byte !== end) continue;
        if (index > noiseFrom) this.#onNoise(bytes.slice(noiseFrom, index));
        this.#length = 0;
      } else if (byte === end) {
        this.#finish();
        noiseFrom = index + 1;
      } else {
        this.#take(byte);
      }
    }
    if (this.#length < 0 && bytes.length > noiseFrom) this.#onNoise(bytes.slice(noiseFrom));
  }

  #finish(): void {
    this.#isEscaping = false;
    // Nothing between two delimiters: the first ended a frame whose start was lost, the second starts one.
    if (this.#length === 0) return;
    const packet = this.#frame.slice(0, this.#length);
    this.#length = -1;
    this.#onPacket(packet);
  }

  #take(byte: number): void {
    if (byte === escape && !this.#isEscaping) {
      this.#isEscaping = true;
      return;
    }
    const decoded = !this.#isEscaping ? byte : byte === escapedEnd ? end : escape;
    this.#isEscaping = false;
    if (this.#length >= longestFrame) this.reset();
    else this.#frame[this.#length++] = decoded;
  }
}
