import { ESPError, Transport } from 'esptool-js';
import { FlasherError } from '../errors.ts';
import type { FlashPort } from '../port/flash-port.ts';
import { asPortError } from './port-error.ts';
import { slipEncode, SlipDecoder } from './slip.ts';
import { usbKindOf, type UsbKind } from './usb.ts';
import { wait, within } from './wait.ts';

/** Nothing came in time. esptool-js goes on to its next attempt after an error of its own kind. */
export class SilenceError extends ESPError {}

/** Longer than any port takes by itself to find out that nobody answers. */
const openMs = 20_000;
const writeMs = 10_000;
const closeMs = 3000;
const keptNoise = 4000;
/** A frame that is still coming in gets this many more terms, of this length at most: what looks like one may be noise. */
const extensions = 3;
const extensionMs = 1000;
/** A wire that carries nothing but errors is no connection. */
const mostReadErrors = 50;

/**
 * esptool-js's transport, with its own way of reading: packets come in by events, text between them is kept, any failure
 * of the port or of the caller's patience ends a wait at once, and nothing is written to stdout.
 */
export class SerialLink extends Transport {
  readonly port: FlashPort;
  /** What of a chip's USB the port is; for one without USB ids, what the way into the loader has shown. */
  usbKind: UsbKind;
  #packets: Uint8Array[] = [];
  #noise = '';
  #pump: Promise<void> | undefined = undefined;
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined = undefined;
  #failure: { reason: unknown } | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #lines = { dataTerminalReady: false, requestToSend: false };
  #hasLines = true;
  #isOpen = false;
  #isClosing = false;
  #announceFailure: () => void = () => undefined;
  readonly #failed = new Promise<void>((resolve) => {
    this.#announceFailure = resolve;
  });
  readonly #decoder = new SlipDecoder(
    (packet) => {
      this.#packets.push(packet);
      this.#wake?.();
    },
    (bytes) => {
      this.#noise = (this.#noise + new TextDecoder('latin1').decode(bytes)).slice(-keptNoise);
    },
  );

  constructor(port: FlashPort) {
    // The facade has all that Transport calls; Web Serial's type has events and more besides.
    super(port as unknown as ConstructorParameters<typeof Transport>[0]);
    this.port = port;
    this.usbKind = usbKindOf(port);
  }

  /** False once the port has refused to move DTR and RTS. */
  get hasLines(): boolean {
    return this.#hasLines;
  }

  /** Why the link is over, for one that is. */
  get failure(): { reason: unknown } | undefined {
    return this.#failure;
  }

  /** Ends every wait, now and from now on, with this reason. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#announceFailure();
    this.#wake?.();
  }

  /** @throws the failure's reason, if there is one meanwhile; FlasherError PORT_BUSY, PORT_FAILED or what the port says. */
  async openAt(baud: number): Promise<void> {
    this.#throwIfFailed();
    const opening = this.port.open({ baudRate: baud });
    const late = () =>
      new FlasherError('PORT_FAILED', `The port did not open within ${openMs / 1000} seconds`, {
        remedy: 'Unplug the board and plug it in again',
      });
    try {
      await within(openMs, Promise.race([opening, this.#failed]), late);
      this.#throwIfFailed();
    } catch (error) {
      // It may open yet, with nobody there to close it.
      opening.then(() => this.port.close()).catch(() => undefined);
      this.#throwIfFailed();
      throw asPortError(error);
    }
    this.#isOpen = true;
    this.#isClosing = false;
    this.baudrate = baud;
    this.#pump = this.#readAll();
  }

  /** Lets go of DTR and RTS and closes the port, whatever state it is in. */
  async shutDown(): Promise<void> {
    if (!this.#isOpen) return;
    this.fail(
      new FlasherError('PORT_CLOSED', 'The port was closed', { remedy: 'Call connect again to go on' }),
    );
    // A port that is gone has no lines to let go.
    if (this.#hasLines)
      await this.#signal({ dataTerminalReady: false, requestToSend: false }).catch(() => undefined);
    await this.#closePort();
  }

  /** What the chip said outside of frames since this was last asked: the boot text, or an application's output. */
  takeNoise(): string {
    const noise = this.#noise;
    this.#noise = '';
    return noise;
  }

  /** Both lines in one go, so that an adapter's driver can move them at once. @returns false if there are none. */
  async setLines(dtr: boolean, rts: boolean): Promise<boolean> {
    this.#throwIfFailed();
    if (!this.#hasLines) return false;
    try {
      await this.#signal({ dataTerminalReady: dtr, requestToSend: rts });
    } catch (error) {
      this.#throwIfFailed();
      // A pseudo-terminal or a plain socket: whoever uses it resets the board by hand.
      if (error instanceof FlasherError && error.code === 'PORT_LOST') throw error;
      this.#hasLines = false;
    }
    return this.#hasLines;
  }

  /** @throws FlasherError PORT_FAILED where the port does not take the rate: it is open, at one that is not known. */
  async setBaud(baud: number): Promise<void> {
    this.#throwIfFailed();
    if (baud === this.baudrate) return;
    if (this.port.setBaudRate === undefined) {
      await this.#reopenAt(baud);
      return;
    }
    const problem = `The port does not take a rate of ${baud}`;
    const details = { remedy: 'Give a rate that it takes, such as baud: 115200' };
    try {
      const late = () => new FlasherError('PORT_FAILED', problem, details);
      await within(closeMs, this.port.setBaudRate(baud), late);
      this.baudrate = baud;
    } catch (cause) {
      this.#throwIfFailed();
      this.baudrate = 0;
      if (cause instanceof FlasherError) throw cause;
      throw new FlasherError('PORT_FAILED', problem, { ...details, cause });
    }
  }

  /** Web Serial has no other way to change a rate. */
  async #reopenAt(baud: number): Promise<void> {
    try {
      await this.#closePort();
      await this.openAt(baud);
    } catch (error) {
      // There is no port any more to try anything else with.
      this.fail(error);
      throw error;
    }
  }

  /** @throws the failure's reason, or SilenceError after `timeout` milliseconds without a packet. */
  override async read(timeout: number): Promise<Uint8Array> {
    for (let term = 0; ; term += 1) {
      this.#throwIfFailed();
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (term > 0 && (term > extensions || !this.#decoder.isInFrame)) break;
      await this.#nextPacket(term === 0 ? timeout : Math.min(timeout, extensionMs));
    }
    throw new SilenceError(`no answer within ${timeout} ms`);
  }

  override async write(data: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    const writer = this.port.writable?.getWriter();
    if (writer === undefined) throw lost(undefined);
    try {
      const late = () =>
        new FlasherError('PORT_FAILED', `The port took no data for ${writeMs / 1000} seconds`, {
          remedy: 'Unplug the board and plug it in again',
        });
      await within(writeMs, writer.write(slipEncode(data)), late);
    } catch (error) {
      this.#throwIfFailed();
      throw error instanceof FlasherError ? error : lost(error);
    } finally {
      writer.releaseLock();
    }
  }

  override flushInput(): void {
    this.#packets = [];
    this.#decoder.reset();
  }

  override async drainInput(quietMs = 50, maxMs = 200): Promise<void> {
    for (let waited = 0; waited < maxMs; waited += quietMs) {
      const before = this.#packets.length;
      await wait(quietMs);
      if (this.#packets.length === before) break;
    }
    this.flushInput();
  }

  /** esptool-js 0.7.0 sends its trace to stdout whether it is asked for or not. May go when it no longer does. */
  override trace(): void {
    return;
  }

  override peek(): Uint8Array {
    return new Uint8Array(0);
  }

  /** This link opens, closes and reads by itself. */
  override connect(): Promise<void> {
    return Promise.resolve();
  }

  override disconnect(): Promise<void> {
    return Promise.resolve();
  }

  override readLoop(): Promise<void> {
    return Promise.resolve();
  }

  async #signal(lines: { dataTerminalReady: boolean; requestToSend: boolean }): Promise<void> {
    this.#lines = lines;
    const late = () =>
      new FlasherError('PORT_FAILED', 'The port did not move DTR and RTS', {
        remedy: 'Unplug the board and plug it in again',
      });
    await within(closeMs, this.port.setSignals(this.#lines), late);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #nextPacket(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeout);
      this.#wake = done;
    });
  }

  /**
   * Reads until the port ends. An error on the wire (a byte without its stop bit, a buffer that ran over) ends a stream of
   * Web Serial, which has another one then; the bytes between are lost, as they are on any line.
   */
  async #readAll(): Promise<void> {
    let before: ReadableStream<Uint8Array> | undefined = undefined;
    let cause: unknown = undefined;
    for (let errors = 0; errors < mostReadErrors; errors += 1) {
      const readable: ReadableStream<Uint8Array> | null = this.port.readable;
      if (readable === null || readable === before) break;
      before = readable;
      const end = await this.#readStream(readable);
      if (this.#isClosing) return;
      if (end === undefined) break;
      if (end.hasRead) errors = 0;
      // Half a frame and the half of another would be taken for one.
      this.#decoder.reset();
      cause = end.error;
    }
    this.fail(cause instanceof FlasherError ? cause : lost(cause));
  }

  /** @returns what broke it off; `undefined` for a stream that has come to its end. */
  async #readStream(
    readable: ReadableStream<Uint8Array>,
  ): Promise<{ error: unknown; hasRead: boolean } | undefined> {
    const stream = readable.getReader();
    this.#stream = stream;
    let hasRead = false;
    try {
      for (;;) {
        const { value, done } = await stream.read();
        if (done) return undefined;
        hasRead = true;
        this.#decoder.push(value);
      }
    } catch (error) {
      return { error, hasRead };
    } finally {
      stream.releaseLock();
    }
  }

  async #closePort(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#isOpen = false;
    this.#isClosing = true;
    // The port may be gone already: then there is nothing to cancel or close, which is what was wanted.
    const close = async () => {
      await stream?.cancel().catch(() => undefined);
      await this.#pump;
      await this.port.close().catch(() => undefined);
    };
    const late = () =>
      new FlasherError('PORT_FAILED', 'The port did not close', { remedy: 'Unplug the board' });
    await within(closeMs, close(), late);
  }
}

function lost(cause: unknown): FlasherError {
  return new FlasherError('PORT_LOST', 'The connection to the board was lost', {
    remedy: 'Check the cable and the power supply, then start again',
    cause,
  });
}
