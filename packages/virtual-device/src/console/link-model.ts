/** The way a byte goes: from the host to the node, or from the node to the host. */
export type LinkDirection = 'toNode' | 'fromNode';

/** What happens to a byte on its way. */
export type ByteFault = 'drop' | 'repeat' | { changeTo: number };

/** Faults at random, yet the same for every run with the same seed, however the bytes are cut into chunks. */
export interface RandomLoss {
  /** The share of bytes that something happens to, 0 to 1. */
  rate: number;
  seed: number;
  /** `change` flips one bit. @default all three */
  kinds?: readonly ('drop' | 'repeat' | 'change')[];
  /** @default both */
  directions?: readonly LinkDirection[];
}

/** The faults of a link, by the direction and number (from 0) of each byte, and the byte itself. */
export type LinkLoss =
  ((direction: LinkDirection, byteIndex: number, byte: number) => ByteFault | undefined) | RandomLoss;

/**
 * What lies between a host and a node. Whatever is left out is perfect. A node on an ESP32's UART is
 * `{ baud: 115200, tickMs: 10, receiveBuffer: 260 }`.
 */
export interface LinkModel {
  /** Bits per second, ten of them to a byte (8N1). */
  baud?: number;
  /** Milliseconds on the way, in each direction. */
  latencyMs?: number;
  /**
   * The node looks at its input only at multiples of this many milliseconds. On an ESP32 it is FreeRTOS's tick, 10 ms:
   * the UART's interrupt does not wake the task that waits for input.
   */
  tickMs?: number;
  /**
   * The size of the node's ring buffer, which holds one byte less. What does not fit is lost, and nobody is told.
   * MicroPython's `stdin_ringbuf` has 260 on an ESP32.
   */
  receiveBuffer?: number;
  loss?: LinkLoss;
}

/** What went over a cable since it was plugged in. */
export interface CableStats {
  /** Bytes that the host sent. */
  bytesToNode: number;
  /** Bytes that the node sent. */
  bytesFromNode: number;
  /** Bytes dropped on the way, or by a full receive buffer. */
  lostBytes: number;
  /** How often the host began to send: at first, and each time it had heard from the node in between. */
  turnArounds: number;
}

/** @throws TypeError for a value that means nothing. */
export function checkLink(link: LinkModel): void {
  const isAtLeast = (least: number) => (value: number) => Number.isFinite(value) && value >= least;
  const rules = {
    baud: { isGood: isAtLeast(1), what: 'a number of bits per second' },
    latencyMs: { isGood: isAtLeast(0), what: 'a number of milliseconds' },
    tickMs: { isGood: isAtLeast(0), what: 'a number of milliseconds' },
    receiveBuffer: { isGood: isAtLeast(2), what: 'a number of bytes, of which one stays free' },
  };
  for (const [name, { isGood, what }] of Object.entries(rules)) {
    const value = link[name as keyof typeof rules];
    if (value !== undefined && !isGood(value))
      throw new TypeError(`${name} is ${value}: it has to be ${what}`);
  }
  if (typeof link.loss === 'object' && !(link.loss.rate >= 0 && link.loss.rate <= 1)) {
    throw new TypeError(`loss.rate is ${link.loss.rate}: it has to be a share from 0 to 1`);
  }
}
