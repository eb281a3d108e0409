import type { Duplex } from 'node:stream';
import { FlasherError } from '../errors.ts';
import type { FlashPort } from './flash-port.ts';

/** A connection that was opened. */
export interface OpenLine {
  /** What the board sends and gets. */
  stream: Duplex;
  /** Left out where there are no such lines. */
  setSignals?: (lines: { dtr: boolean; rts: boolean }) => Promise<void>;
  /** Changes the rate, in bits per second, without closing. */
  setBaudRate?: (baudRate: number) => Promise<void>;
  /** Left out where destroying the stream frees what is below it. */
  close?: () => Promise<void>;
}

/** How a port is opened, and what is known of it. */
export interface StreamPortOptions {
  /** Called for each `open`. */
  open: (baudRate: number) => Promise<OpenLine>;
  /** A number of 16 bits; for a port on USB. */
  usbVendorId?: number | undefined;
  /** A number of 16 bits. */
  usbProductId?: number | undefined;
  /** Whether the rate of the wire is somebody else's to set. @default false */
  isRateFixed?: boolean;
}

const closeMs = 2000;

/** Web Serial's manners over a Node stream: what esptool-js asks of a port, and nothing that is not needed for it. */
export class StreamPort implements FlashPort {
  readonly #options: StreamPortOptions;
  #line: OpenLine | undefined = undefined;
  #readable: ReadableStream<Uint8Array> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;
  /** An adapter's driver sets both lines at once: the one that is not named has to be known. */
  #lines = { dtr: false, rts: false };

  constructor(options: StreamPortOptions) {
    this.#options = options;
  }

  /** What the board sends; `null` while the port is closed. */
  get readable(): ReadableStream<Uint8Array> | null {
    return this.#readable;
  }

  /** What the board gets; `null` while the port is closed. */
  get writable(): WritableStream<Uint8Array> | null {
    return this.#writable;
  }

  /** Whether the rate of the wire is somebody else's to set, so that the chip has to stay at it. */
  get isRateFixed(): boolean {
    return this.#options.isRateFixed ?? false;
  }

  /** The USB numbers that it was made with. */
  getInfo(): { usbVendorId?: number | undefined; usbProductId?: number | undefined } {
    return { usbVendorId: this.#options.usbVendorId, usbProductId: this.#options.usbProductId };
  }

  /**
   * Opens the connection at a rate in bits per second.
   *
   * @throws FlasherError PORT_NOT_FOUND, PORT_BUSY, PORT_PERMISSION or PORT_FAILED; whatever else the `open` it was made
   * with throws.
   */
  async open(options: { baudRate: number }): Promise<void> {
    const line = await this.#options.open(options.baudRate);
    this.#line = line;
    this.#readable = readableOf(line.stream);
    this.#writable = writableOf(line.stream);
  }

  /** Ends the connection; nothing happens where there is none. */
  async close(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    this.#readable = null;
    this.#writable = null;
    if (line === undefined) return;
    await line.close?.();
    const { stream } = line;
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, closeMs);
      stream.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      stream.destroy();
    });
  }

  async setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void> {
    const { dtr, rts } = this.#lines;
    this.#lines = { dtr: signals.dataTerminalReady ?? dtr, rts: signals.requestToSend ?? rts };
    if (this.#line?.setSignals === undefined) throw new TypeError('This port has no DTR and RTS');
    await this.#line.setSignals(this.#lines);
  }

  /** Changes the rate, in bits per second, of an open connection. */
  async setBaudRate(baudRate: number): Promise<void> {
    await this.#line?.setBaudRate?.(baudRate);
  }
}

function readableOf(stream: Duplex): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const end = (cause?: unknown) => {
        if (isOver) return;
        isOver = true;
        controller.error(
          new FlasherError('PORT_LOST', 'The connection to the board was lost', {
            remedy: 'Check the cable and the power supply, then start again',
            cause,
          }),
        );
      };
      stream.on('data', (bytes: Uint8Array) => {
        if (!isOver) controller.enqueue(bytes);
      });
      stream.on('error', end);
      stream.once('end', end);
      stream.once('close', end);
    },
    cancel() {
      isOver = true;
    },
  });
}

function writableOf(stream: Duplex): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  });
}
