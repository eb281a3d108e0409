const end = 0xc0;
const escape = 0xdb;
const escapedEnd = 0xdc;
const escapedEscape = 0xdd;

/** One SLIP frame (RFC 1055), with a delimiter on both sides as Espressif's loaders send it. */
export function slipEncode(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(packet.length * 2 + 2);
  let length = 0;
  frame[length++] = end;
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

/** Takes frames out of a stream of bytes. What lies between two frames is dropped, as the mask ROM does. */
export class SlipDecoder {
  #packet: number[] | undefined = undefined;
  #isEscaping = false;

  /** @returns the packets that these bytes complete. */
  push(bytes: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (const byte of bytes) {
      if (byte === end) {
        if (this.#packet !== undefined && this.#packet.length > 0) {
          packets.push(Uint8Array.from(this.#packet));
          this.#packet = undefined;
        } else {
          this.#packet = [];
        }
        this.#isEscaping = false;
      } else if (this.#packet !== undefined) {
        this.#take(this.#packet, byte);
      }
    }
    return packets;
  }

  reset(): void {
    this.#packet = undefined;
    this.#isEscaping = false;
  }

  #take(packet: number[], byte: number): void {
    if (this.#isEscaping) {
      this.#isEscaping = false;
      packet.push(byte === escapedEnd ? end : byte === escapedEscape ? escape : byte);
    } else if (byte === escape) {
      this.#isEscaping = true;
    } else {
      packet.push(byte);
    }
  }
}
