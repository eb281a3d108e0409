/**
 * What a port has to offer: a part of Web Serial's `SerialPort`, so that a browser's own port is one. `setBaudRate` is
 * not Web Serial's; without it the port is closed and opened again to change its rate.
 */
export interface FlashPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
  /** A line that is left out stays as it is; true is asserted. Rejects where there are no such lines. */
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  getInfo(): { usbVendorId?: number | undefined; usbProductId?: number | undefined };
  setBaudRate?(baudRate: number): Promise<void>;
}
