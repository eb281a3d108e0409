import { ESPLoader, ESPError, UnexpectedChipIdError, UnexpectedChipMagicError } from 'esptool-js';
import { FlasherError } from '../errors.ts';
import { loaderResets, type LoaderReset, type ResetInto } from '../link/reset.ts';
import { SerialLink } from '../link/serial-link.ts';
import { wait } from '../link/wait.ts';
import type { FlashPort } from '../port/flash-port.ts';
import { readChipInfo, unknownChip, type ChipInfo } from './chip-info.ts';
import { isPassing, request, words, type Answer, type Request } from './requests.ts';
import { calmWatchdogs } from './watchdogs.ts';

export interface SessionOptions {
  reset: ResetInto;
  /** False to stay with the ROM's own loader. */
  stub: boolean;
  /** Rates to talk at, fastest first. */
  bauds: readonly number[];
  /** How often to try to reach the chip. */
  attempts: number;
  commandMs: number;
  log: (line: string) => void;
}

export const romBaud = 115_200;

const opcodes = { spiSetParameters: 0x0b, spiAttach: 0x0d, changeBaud: 0x0f, readRegister: 0x0a };
const magicRegister = 0x4000_1000;
const settleMs = 30;

/** A conversation with one chip in its loader: how to get into it, how to keep it going, and one command at a time. */
export class Session {
  readonly link: SerialLink;
  readonly options: SessionOptions;
  #loader: ESPLoader;
  #info: ChipInfo | undefined = undefined;
  #bauds: number[];

  constructor(port: FlashPort, options: SessionOptions) {
    this.link = new SerialLink(port);
    this.options = options;
    this.#bauds = [...options.bauds];
    this.#loader = this.#makeLoader();
  }

  get info(): ChipInfo {
    if (this.#info === undefined) throw new TypeError('The session has no chip yet');
    return this.#info;
  }

  get isStub(): boolean {
    return this.#loader.IS_STUB;
  }

  get baud(): number {
    return this.link.baudrate;
  }

  /** The bytes of a block: what the ROM or the stub takes at once. */
  get blockSize(): number {
    return this.#loader.IS_STUB ? this.#loader.FLASH_WRITE_SIZE : 0x400;
  }

  /** The ROMs after the ESP32's want one word more with the BEGIN commands: whether the data is encrypted. */
  get takesEncryptionWord(): boolean {
    return !this.#loader.IS_STUB && this.#loader.chip.CHIP_NAME !== 'ESP32';
  }

  request(options: Omit<Request, 'timeoutMs'> & { timeoutMs?: number }): Promise<Answer> {
    return request(this.#loader, { ...options, timeoutMs: options.timeoutMs ?? this.options.commandMs });
  }

  async open(signal?: AbortSignal): Promise<void> {
    await this.link.openAt(romBaud);
    await this.#reach(signal);
  }

  /** Changes to another rate, or to a lower one that works. @throws FlasherError NO_SYNC if the chip is gone. */
  async changeBaud(baud: number, signal?: AbortSignal): Promise<void> {
    const lower = this.#bauds.filter((other) => other < baud);
    this.#bauds = [baud, ...lower];
    if (!(await this.#raiseBaud())) await this.#reach(signal);
  }

  /**
   * Makes sure of the chip after a command that failed: asks it a question, and if it has none of it starts anew at the
   * next lower rate.
   */
  async recover(signal?: AbortSignal): Promise<void> {
    if (await this.#isThere()) return;
    this.#bauds = this.#bauds.filter((baud) => baud < this.baud);
    await this.#reach(signal);
  }

  readRegister(address: number): Promise<number> {
    return this.#loader.readReg(address, this.options.commandMs);
  }

  writeRegister(address: number, value: number, mask: number): Promise<void> {
    return this.#loader.writeReg(address, value, mask);
  }

  #makeLoader(): ESPLoader {
    const write = (line: string) => {
      const text = line.trim();
      if (text.length > 0) this.options.log(text);
    };
    const loader = new ESPLoader({
      transport: this.link,
      baudrate: romBaud,
      romBaudrate: romBaud,
      // Without a terminal esptool-js writes to stdout.
      terminal: { clean: () => undefined, write, writeLine: write },
    });
    loader.DEFAULT_TIMEOUT = this.options.commandMs;
    return loader;
  }

  /** From whatever state the chip is in to a running loader at the highest rate that works. */
  async #reach(signal: AbortSignal | undefined): Promise<void> {
    let heard = '';
    let failure: unknown = undefined;
    for (let attempt = 0; attempt < this.options.attempts; attempt += 1) {
      try {
        await this.link.setBaud(romBaud);
        this.link.takeNoise();
        const resets = loaderResets(this.link, this.options.reset);
        const reset = resets[attempt % resets.length];
        await reset?.run(signal);
        heard = this.link.takeNoise() || heard;
        await this.#start(reset);
        if (await this.#raiseBaud()) return;
        failure = undefined;
      } catch (error) {
        if (this.link.failure !== undefined) throw this.link.failure.reason;
        if (error instanceof UnexpectedChipIdError || error instanceof UnexpectedChipMagicError) {
          throw unknownChip(error.message, error);
        }
        if (!isPassing(error)) throw error;
        failure = error;
      }
      heard = this.link.takeNoise() || heard;
    }
    throw unreached(heard, failure, this.link.hasLines && this.options.reset !== 'none');
  }

  async #start(reset: LoaderReset | undefined): Promise<void> {
    this.#loader = this.#makeLoader();
    // SYNC, five times if need be, and identification; opening and resetting are done.
    await this.#loader.connect('no_reset', 1, true);
    if (reset !== undefined && this.link.hasLines) this.link.usbKind = reset.shows;
    this.#info ??= await readChipInfo(this.#loader);
    if (!this.#info.security.secureDownload) {
      if (this.link.usbKind === 'serial-jtag') await calmWatchdogs(this);
      if (this.options.stub) await this.#runStub();
    }
    await this.#attachFlash();
  }

  async #runStub(): Promise<void> {
    try {
      await this.#loader.runStub();
    } catch (cause) {
      if (!(cause instanceof ESPError)) throw cause;
      throw new FlasherError('STUB_FAILED', `The stub did not start: ${cause.message}`, {
        remedy: 'Try again, or go without it (stub: false), which is slower',
        cause,
      });
    }
  }

  /**
   * The ROM does neither by itself, and computes no MD5 beyond 2 MiB without the second. esptool-js 0.7.0 sends neither;
   * may go when its main attaches the flash and sets its parameters, with the stub and without.
   */
  async #attachFlash(): Promise<void> {
    const { flashSize, security } = this.info;
    const attach = this.isStub ? words(0) : words(0, 0);
    await this.request({ op: opcodes.spiAttach, data: attach, purpose: 'attach the flash' });
    if (flashSize === undefined || security.secureDownload) return;
    const parameters = words(0, flashSize, 0x1_0000, 0x1000, 0x100, 0xffff);
    await this.request({ op: opcodes.spiSetParameters, data: parameters, purpose: 'set up the flash' });
  }

  /** @returns false if the chip fell silent; the rate is then off the list. */
  async #raiseBaud(): Promise<boolean> {
    const [baud] = this.#bauds;
    // The ROM's clock is not exact enough on all chips; its loader stays at the rate everyone starts with.
    if (!this.isStub || baud === undefined || baud === this.baud) return true;
    // A chip at a rate that the far end does not follow to is out of reach until somebody presses its button.
    if (this.link.port.isRateFixed === true) return true;
    await this.request({ op: opcodes.changeBaud, data: words(baud, this.baud), purpose: 'change the rate' });
    const isTaken = await this.#takesBaud(baud);
    // What both sides send while they change is garbage.
    await wait(settleMs);
    this.link.flushInput();
    if (isTaken && (await this.#isThere())) return true;
    this.options.log(`no answer at ${baud} baud`);
    this.#bauds = this.#bauds.filter((other) => other < baud);
    return false;
  }

  async #takesBaud(baud: number): Promise<boolean> {
    try {
      await this.link.setBaud(baud);
      return true;
    } catch (error) {
      if (this.link.failure !== undefined) throw this.link.failure.reason;
      if (!(error instanceof FlasherError) || error.code !== 'PORT_FAILED') throw error;
      this.options.log(error.message);
      return false;
    }
  }

  async #isThere(): Promise<boolean> {
    if (this.info.security.secureDownload) return true;
    const probeMs = Math.min(500, this.options.commandMs);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await this.link.drainInput();
      try {
        const answer = await request(this.#loader, {
          ...{ op: opcodes.readRegister, data: words(magicRegister) },
          ...{ timeoutMs: probeMs, purpose: 'say that it is there' },
        });
        return answer.value === answer.value >>> 0;
      } catch (error) {
        if (this.link.failure !== undefined) throw this.link.failure.reason;
        if (!isPassing(error)) throw error;
      }
    }
    return false;
  }
}

const holdButton = 'Hold the button BOOT (IO0), press and let go RESET (EN), let go BOOT, and try again';

/**
 * The ROM says over the same wire what it does after a reset: `boot:0x13 (SPI_FAST_FLASH_BOOT)`.
 *
 * esptool-js 0.7.0 looks for it too, and then says only that it failed to connect; may go when the error of its connect
 * carries its lastError, or a code.
 */
function unreached(heard: string, cause: unknown, wasReset: boolean): FlasherError {
  if (cause instanceof FlasherError && cause.code !== 'COMMAND_UNANSWERED') return cause;
  const said = /boot:(0x[0-9a-fA-F]+ \([^)]*\))/.exec(heard)?.[1];
  if (/waiting for download/.test(heard)) {
    return new FlasherError(
      'NO_WAY_TO_CHIP',
      `The chip waits for a download (${said ?? ''}) but answers nothing`,
      {
        remedy: 'Nothing that is sent arrives: check the wire to the chip’s RX and the level of its signal',
        cause,
      },
    );
  }
  if (said !== undefined) {
    return new FlasherError(
      'WRONG_BOOT_MODE',
      `The chip started its application instead of its loader (${said})`,
      {
        remedy: holdButton,
        cause,
      },
    );
  }
  const text = heard.trim().length > 0 ? ` It sent “${heard.trim().slice(0, 80)}”` : '';
  const what = wasReset ? 'The chip does not answer, though it was reset' : 'The chip does not answer';
  return new FlasherError('NO_SYNC', `${what}.${text}`.replace(/\.$/, ''), { remedy: holdButton, cause });
}
