/** A node's UART as the cable sees it: bytes come out, bytes go in. Several cables may be plugged in at once. */
export interface ConsolePort {
  /** Calls `listener` with every chunk the node writes, until the returned function is called. */
  onOutput(listener: (bytes: Uint8Array) => void): () => void;
  /**
   * Hands bytes to the node. With `capacity` the receive buffer holds that many bytes and no more.
   *
   * @returns how many bytes were taken; the rest did not fit.
   */
  receive(bytes: Uint8Array, capacity?: number): number;
  /** The wire is busy: keeps a program that prints waiting, as a full UART does, until the returned function is called. */
  hold?(): () => void;
}
