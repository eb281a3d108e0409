import type { ConsolePort } from '../console/console-port.ts';
import { AutoResetCircuit, UsbUnit, type ResetCircuit, type SerialLines } from './auto-reset.ts';
import { bootFailure } from './boot-check.ts';
import { chipModels, type ChipModel, type EspChip } from './chip-models.ts';
import type { RomFaults, SeenCommand } from './faults.ts';
import { Loader } from './loader.ts';
import { NorFlash } from './nor-flash.ts';
import { Registers } from './registers.ts';
import { SlipDecoder, slipEncode } from './slip.ts';

/** What runs once the ROM finds an image: from here on the console is its own. */
export interface RunningApplication {
  console: ConsolePort;
  /** A reset ends it. */
  stop: () => void | Promise<void>;
}

/** A console with what a serial adapter has besides: the lines that reset a board, and a rate. */
export interface SerialConsole extends ConsolePort {
  /** Moves DTR and RTS; true is asserted. */
  setLines(lines: Partial<SerialLines>): void;
  /** The rate of the host's side of the cable. While it is not the chip's, all that is sent either way is lost. */
  setHostBaud(baud: number): void;
}

/** Which chip, what its flash holds, and how it starts. */
export interface EspRomLoaderOptions {
  /** @default 'esp32' */
  chip?: EspChip;
  /** In bytes, a power of two. @default 4 MiB */
  flashSize?: number;
  /** A flash with something on it, in place of an empty one. */
  flash?: NorFlash;
  /** Six bytes. @default 24:0a:c4:00:00:01 */
  mac?: Uint8Array;
  /** Major times 100 plus minor. @default 300 */
  revision?: number;
  security?: { secureBoot?: boolean; flashEncryption?: boolean; secureDownload?: boolean };
  /** What IO0 says at power-up. @default 'run' */
  powerUp?: 'run' | 'download';
  /** How DTR and RTS act on the chip. @default 'transistors' */
  resetBy?: 'transistors' | 'usb-unit';
  /**
   * In the loader the RTC watchdog runs, as it does after a reset over USB-Serial/JTAG, and resets the chip after so many
   * milliseconds unless the host stops it. @default it does not run
   */
  watchdogMs?: number;
  faults?: RomFaults;
  /** Starts the application that the flash holds, such as a virtual node. Without it a chip is silent after its boot text. */
  start?: () => RunningApplication;
}

const romBaud = 115_200;
/** From when a host starts the watchdog to its bite, in milliseconds. */
const biteMs = 15;

/**
 * An ESP32-family chip that nobody has programmed yet: mask ROM, stub, flash and the board's reset circuit. It is a
 * console port, so it takes a cable, a pseudo-terminal or a TCP port like a virtual node; the control lines of the
 * cable come in by `setLines`.
 */
export class EspRomLoader implements SerialConsole {
  readonly flash: NorFlash;
  readonly chip: ChipModel;
  /** Every command since power-up, by its opcode. */
  readonly commands: number[] = [];
  faults: RomFaults;
  readonly #options: EspRomLoaderOptions;
  readonly #circuit: ResetCircuit;
  readonly #decoder = new SlipDecoder();
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  readonly #pinListeners = new Set<(bytes: Uint8Array) => void>();
  #loader: Loader | undefined = undefined;
  #application: RunningApplication | undefined = undefined;
  #stopApplicationOutput: (() => void) | undefined = undefined;
  #baud = romBaud;
  #hostBaud: number | undefined = undefined;
  #boots = 0;

  constructor(options: EspRomLoaderOptions = {}) {
    this.#options = options;
    this.chip = chipModels[options.chip ?? 'esp32'];
    this.flash = options.flash ?? new NorFlash(options.flashSize ?? 0x40_0000);
    this.faults = options.faults ?? {};
    const boot = (isDownload: boolean) => {
      if (this.#isPowered) this.#boot(isDownload);
    };
    const hold = () => {
      void this.#halt();
    };
    this.#circuit = options.resetBy === 'usb-unit' ? new UsbUnit(boot) : new AutoResetCircuit(hold, boot);
    this.#boot(options.powerUp === 'download');
  }

  /** `download` while the loader answers, `run` after a boot from flash, `held` while EN is low or the power is off. */
  get mode(): 'download' | 'run' | 'held' {
    if (this.#loader !== undefined) return 'download';
    return this.#boots > 0 && this.#isBooted ? 'run' : 'held';
  }

  /** Resets since power-up, which itself is the first. */
  get boots(): number {
    return this.#boots;
  }

  /** Whether the stub loader runs now. */
  get isStub(): boolean {
    return this.#loader?.isStub ?? false;
  }

  setLines(lines: Partial<SerialLines>): void {
    this.#circuit.set(lines);
  }

  /** DTR and RTS as they are. */
  get lines(): SerialLines {
    return this.#circuit.lines;
  }

  /**
   * Presses RESET, with BOOT held down if you like: what people do where the cable has no DTR and RTS, as a
   * pseudo-terminal or a plain socket.
   */
  pressReset(options: { boot?: boolean } = {}): void {
    if (this.#isPowered) this.#boot(options.boot ?? false);
  }

  /** Takes the power away; the flash keeps what it holds. */
  powerOff(): void {
    this.#isPowered = false;
    void this.#halt();
  }

  /** Starts as `powerUp` said. Nothing happens to a chip that has its power. */
  powerOn(): void {
    if (this.#isPowered) return;
    this.#isPowered = true;
    this.#boot(this.#options.powerUp === 'download');
  }

  /** The ROM's words when the chip resets itself; the application is started by whoever runs it. */
  sayReset(cause: 'software' | 'deep-sleep'): void {
    const { banner, run } = this.chip.bootText;
    this.#print(banner.replace(/rst:.*,/, `rst:${this.chip.resetCauses[cause]},`) + run);
  }

  setHostBaud(baud: number): void {
    this.#hostBaud = baud;
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As `onOutput`, at the chip's own pin: whatever rate the host listens at. */
  onPin(listener: (bytes: Uint8Array) => void): () => void {
    this.#pinListeners.add(listener);
    return () => this.#pinListeners.delete(listener);
  }

  receive(bytes: Uint8Array, capacity?: number): number {
    if (!this.#isAtHostBaud) return bytes.length;
    if (this.#application !== undefined) return this.#application.console.receive(bytes, capacity);
    if (this.#loader === undefined) return bytes.length;
    for (const packet of this.#decoder.push(bytes)) this.#loader.take(packet);
    return bytes.length;
  }

  /** Keeps the application waiting; ROM and stub do not look whether the wire is free. */
  hold(): () => void {
    return this.#application?.console.hold?.() ?? (() => undefined);
  }

  /** Ends timers and the running application. */
  async close(): Promise<void> {
    this.#circuit.stop();
    this.#isPowered = false;
    await this.#halt();
  }

  #watchdog: NodeJS.Timeout | undefined = undefined;
  #isPowered = true;
  #isBooted = false;

  get #isAtHostBaud(): boolean {
    return this.#hostBaud === undefined || this.#hostBaud === this.#baud;
  }

  /** @returns what ends when the application has ended; nobody has to wait for it. */
  async #halt(): Promise<void> {
    const application = this.#application;
    clearTimeout(this.#watchdog);
    this.#isBooted = false;
    this.#loader = undefined;
    this.#stopApplicationOutput?.();
    this.#stopApplicationOutput = undefined;
    this.#application = undefined;
    await application?.stop();
  }

  #boot(isIo0Low: boolean): void {
    void this.#halt();
    this.#boots += 1;
    this.#isBooted = true;
    this.#baud = romBaud;
    this.#decoder.reset();
    const { banner, download, run } = this.chip.bootText;
    this.#print(banner + (isIo0Low ? download : run));
    if (isIo0Low) {
      if (this.faults.noise !== undefined) this.#write(this.faults.noise);
      this.#loader = this.#makeLoader();
      if (this.faults.isDeaf === true) this.#loader.die();
      if (this.#options.watchdogMs !== undefined) this.#startWatchdog(this.#options.watchdogMs);
    } else {
      this.#startApplication();
    }
  }

  #startApplication(): void {
    const failure = bootFailure(this.flash.bytes, this.chip);
    if (failure !== undefined) {
      this.#print(failure);
      return;
    }
    const application = this.#options.start?.();
    this.#application = application;
    this.#stopApplicationOutput = application?.console.onOutput((bytes) => {
      this.#write(bytes);
    });
  }

  /** Its bite resets all of the chip, which then looks at IO0 again. */
  #startWatchdog(ms: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#boot(false);
    }, ms);
  }

  #makeLoader(): Loader {
    const { mac = defaultMac, revision = 300, security = {} } = this.#options;
    const { secureBoot = false, flashEncryption = false, secureDownload = false } = security;
    const registers = this.chip.registers({ mac, revision, secureBoot, flashEncryption });
    const chip = { ...this.chip, ...this.faults.identity };
    return new Loader({
      chip,
      flash: this.flash,
      registers: new Registers(chip, this.flash, registers, (isOn) => {
        if (isOn) this.#startWatchdog(biteMs);
        else clearTimeout(this.#watchdog);
      }),
      security: {
        flags: (secureBoot ? 1 : 0) | (secureDownload ? 1 << 2 : 0),
        flashCryptCount: flashEncryption ? 1 : 0,
        isSecureDownload: secureDownload,
      },
      baud: () => this.#baud,
      setBaud: (baud) => {
        this.#changeBaud(baud);
      },
      send: (packet) => {
        this.#write(slipEncode(packet));
      },
      run: () => {
        this.#boot(false);
      },
      restart: () => {
        this.#boot(true);
      },
      fault: (command: SeenCommand) => {
        this.commands.push(command.op);
        return this.faults.onCommand?.(command);
      },
    });
  }

  #changeBaud(baud: number): void {
    this.#baud = baud;
    if (baud > (this.faults.highestBaud ?? Infinity)) this.#loader?.die();
  }

  #print(text: string): void {
    this.#write(Buffer.from(text, 'latin1'));
  }

  #write(bytes: Uint8Array): void {
    for (const listener of this.#pinListeners) listener(bytes);
    if (!this.#isAtHostBaud) return;
    for (const listener of this.#listeners) listener(bytes);
  }
}

const defaultMac = Uint8Array.of(0x24, 0x0a, 0xc4, 0, 0, 1);
