import { plugIn, type ConsoleCable, type EspRomLoader } from '@ota/testbed';
import type { FlashPort } from '../../src/port/flash-port.ts';

/**
 * A board's port as a browser has it (Web Serial, "SerialPort Interface"): no way to change the rate but to open it anew,
 * and a stream that ends with an error of the wire, after which there is another.
 */
export class WebSerialPort implements FlashPort {
  /** The rates it was opened at. */
  readonly rates: number[] = [];
  /** Called before each opening; what it throws or waits for is what the browser does. */
  onOpen: (count: number) => void | Promise<void> = () => undefined;
  /** Called with how much has come in so far. */
  onData: (total: number) => void = () => undefined;
  readonly #chip: EspRomLoader;
  #cable: ConsoleCable | undefined = undefined;
  #readable: ReadableStream<Uint8Array> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined = undefined;
  #received = 0;

  constructor(chip: EspRomLoader) {
    this.#chip = chip;
  }

  get readable(): ReadableStream<Uint8Array> | null {
    return this.#readable;
  }

  get writable(): WritableStream<Uint8Array> | null {
    return this.#writable;
  }

  get isOpen(): boolean {
    return this.#cable !== undefined;
  }

  async open({ baudRate }: { baudRate: number }): Promise<void> {
    if (this.#cable !== undefined) throw new DOMException('The port is already open.', 'InvalidStateError');
    await this.onOpen(this.rates.length);
    this.rates.push(baudRate);
    const cable = plugIn(this.#chip);
    this.#cable = cable;
    this.#chip.setHostBaud(baudRate);
    this.#renew();
    cable.on('data', (bytes: Buffer) => {
      this.#controller?.enqueue(bytes);
      this.#received += bytes.length;
      this.onData(this.#received);
    });
    this.#writable = new WritableStream<Uint8Array>({
      write: (chunk) =>
        new Promise((resolve) => {
          cable.write(chunk, () => {
            resolve();
          });
        }),
    });
  }

  close(): Promise<void> {
    if (this.#readable?.locked === true || this.#writable?.locked === true)
      return Promise.reject(new TypeError('Cannot close a locked stream.'));
    this.#cable?.destroy();
    this.#cable = undefined;
    this.#readable = null;
    this.#writable = null;
    return Promise.resolve();
  }

  setSignals(lines: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void> {
    const { dataTerminalReady: dtr, requestToSend: rts } = lines;
    this.#chip.setLines({ ...(dtr !== undefined && { dtr }), ...(rts !== undefined && { rts }) });
    return Promise.resolve();
  }

  getInfo(): { usbVendorId?: number } {
    return {};
  }

  /** An error of the wire: what is still in the stream is lost. */
  break(name: string): void {
    this.#controller?.error(new DOMException('A read error.', name));
    this.#renew();
  }

  /** The device has gone. */
  unplug(): void {
    this.#cable?.destroy();
    const controller = this.#controller;
    this.#readable = null;
    controller?.error(new DOMException('The device has been lost.', 'NetworkError'));
  }

  #renew(): void {
    this.#readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
      },
    });
  }
}
