import type { ByteFault, LinkDirection, LinkLoss, RandomLoss } from './link-model.ts';

/** Does to the bytes of one direction what the link does to them. */
export class LinkFaults {
  readonly #faultOf: (byteIndex: number, byte: number) => ByteFault | undefined;
  #nextIndex = 0;
  #dropped = 0;

  constructor(direction: LinkDirection, loss: LinkLoss) {
    this.#faultOf =
      typeof loss === 'function'
        ? (byteIndex, byte) => loss(direction, byteIndex, byte)
        : randomFaults(direction, loss);
  }

  /** How many bytes never came out. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @returns what comes out at the other end. */
  pass(bytes: Uint8Array): Uint8Array {
    const passed: number[] = [];
    for (const byte of bytes) {
      const fault = this.#faultOf(this.#nextIndex++, byte);
      if (fault === 'drop') this.#dropped += 1;
      else if (fault === 'repeat') passed.push(byte, byte);
      else passed.push(fault?.changeTo ?? byte);
    }
    return Uint8Array.from(passed);
  }
}

function randomFaults(direction: LinkDirection, loss: RandomLoss) {
  const { rate, seed, kinds = ['drop', 'repeat', 'change'], directions = ['toNode', 'fromNode'] } = loss;
  if (!directions.includes(direction) || kinds.length === 0) return () => undefined;
  const stream = direction === 'toNode' ? seed : ~seed;
  return (byteIndex: number, byte: number): ByteFault | undefined => {
    if (scramble(stream, byteIndex, 0) / 2 ** 32 >= rate) return undefined;
    const kind = kinds[scramble(stream, byteIndex, 1) % kinds.length];
    return kind === 'change' ? { changeTo: byte ^ (1 << (scramble(stream, byteIndex, 2) % 8)) } : kind;
  };
}

/** Three numbers into one of 32 bits that looks random: by place, not by turn, so that chunks make no difference. */
function scramble(seed: number, place: number, purpose: number): number {
  let state = 0x811c9dc5;
  for (const value of [seed, place, purpose]) {
    state = Math.imul(state ^ value, 0x9e3779b1);
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b);
    state ^= state >>> 13;
  }
  return state >>> 0;
}
