/**
 * What a port has to offer: a part of Web Serial's `SerialPort`, so that a browser's own port is one. `setBaudRate` is
 * not Web Serial's; without it the port is closed and opened again to change its rate.
 */
export interface FlashPort {
  /** What the board sends; `null` while the port is closed. */
  readonly readable: ReadableStream<Uint8Array> | null;
  /** What the board gets; `null` while the port is closed. */
  readonly writable: WritableStream<Uint8Array> | null;
  /** Opens the port at a rate in bits per second. */
  open(options: { baudRate: number }): Promise<void>;
  /** Frees the port; `readable` and `writable` are not locked then. */
  close(): Promise<void>;
  /** A line that is left out stays as it is; true is asserted. Rejects where there are no such lines. */
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  /** USB numbers, where the port has any: they tell which way of resetting fits. */
  getInfo(): { usbVendorId?: number | undefined; usbProductId?: number | undefined };
  /**
   * True where the rate of the wire is not this port's to set, as with a plain socket: what is told to `open` and
   * `setBaudRate` changes nothing there, and the chip is never told to speak at another.
   *
   * @default false
   */
  readonly isRateFixed?: boolean;
  /** Changes the rate of an open port, in bits per second. Without it, the port is closed and opened again. */
  setBaudRate?(baudRate: number): Promise<void>;
}
