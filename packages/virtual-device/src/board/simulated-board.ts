import { Transcript, type WaitOptions } from '../node/host/transcript.ts';
import { VirtualNodeError } from '../node/node-errors.ts';
import { VirtualNode } from '../node/virtual-node.ts';
import type { ResetReason, VirtualNodeOptions } from '../node/virtual-node-options.ts';
import type { LinkModel } from '../console/link-model.ts';
import { servePty } from '../console/pty-console.ts';
import { serveOnTcp } from '../console/tcp-console.ts';
import { VirtualDeviceError } from '../errors.ts';
import type { SerialLines } from '../rom-loader/auto-reset.ts';
import { chipModels } from '../rom-loader/chip-models.ts';
import {
  EspRomLoader,
  type EspRomLoaderOptions,
  type RunningApplication,
  type SerialConsole,
} from '../rom-loader/esp-rom-loader.ts';
import { NorFlash } from '../rom-loader/nor-flash.ts';
import { serveRfc2217 } from '../rom-loader/rfc2217-server.ts';
import { FileSystemPartition } from './file-system-partition.ts';

/** What the board is, and what is on it. */
export interface SimulatedBoardOptions extends Omit<EspRomLoaderOptions, 'start' | 'flash'> {
  /** What the flash holds at first: a full image, put where the chip starts from. @default nothing, as from the factory */
  firmware?: Uint8Array;
  /** What MicroPython makes of the chip once there is a firmware. `files` can only be there together with one. */
  node?: VirtualNodeOptions;
}

/** What is between an address and the board, and what takes the address away. */
export interface ServeOptions {
  /** What lies between the address and the board. Not for `rfc2217`, whose lines and rates would overtake the bytes. */
  link?: LinkModel;
  signal?: AbortSignal;
}

/**
 * A whole ESP32 board behind one serial port. At first it is a bare chip in whose flash nothing is: its ROM says so, and
 * DTR and RTS bring it into the ROM's loader, where Espressif's tools flash it. When the flash holds a firmware, the
 * chip's start is a {@link VirtualNode}'s, with its console at the same port. Erasing the flash ends it.
 *
 * It has its power from the beginning, as a board on a USB cable. What the firmware's bytes are does not matter, as long
 * as bootloader, partition table and application are whole: MicroPython is always the node's.
 *
 * @example
 * const board = await SimulatedBoard.create({ chip: 'esp32c3' });
 * const address = await board.serve('rfc2217'); // for esptool, mpremote, @ota/flasher, @ota/device-fs
 * …
 * await board.close();
 */
export class SimulatedBoard implements SerialConsole, AsyncDisposable {
  readonly chip: EspRomLoader;
  /** Runs while the chip does. Its power is the board's: do not switch it on or off by itself. */
  readonly node: VirtualNode;
  readonly #transcript = new Transcript();
  readonly #servers: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined = undefined;

  /**
   * @throws VirtualDeviceError BOARD_FILES for files without a firmware, ROM_LOADER_FLASH_SIZE.
   * @throws VirtualNodeError NO_SUCH_MICROPYTHON.
   */
  static async create(options: SimulatedBoardOptions = {}): Promise<SimulatedBoard> {
    if (options.firmware === undefined && options.node?.files !== undefined) {
      const message =
        'a board without a firmware has no files: give it one, such as sampleFirmware({ chip })';
      throw new VirtualDeviceError('BOARD_FILES', message);
    }
    return new SimulatedBoard(await VirtualNode.create(options.node), options);
  }

  private constructor(node: VirtualNode, options: SimulatedBoardOptions) {
    const { firmware, flashSize = 0x40_0000, ...chipOptions } = options;
    this.node = node;
    const flash = new NorFlash(flashSize);
    const files = new FileSystemPartition(flash, node.flash);
    if (firmware !== undefined) {
      flash.program(chipModels[options.chip ?? 'esp32'].bootloaderOffset, firmware);
      files.adopt();
    }
    this.chip = new EspRomLoader({
      mac: Buffer.from(node.machine.uniqueId, 'hex'),
      ...chipOptions,
      flash,
      start: () => this.#startNode(files),
    });
    this.chip.onPin((bytes) => {
      this.#transcript.add(bytes);
    });
    node.on('boot', this.#onNodeBoot);
  }

  /** All that the board said, by ROM, loader and MicroPython, whether a host listened at the right rate or not. */
  get output(): string {
    return this.#transcript.text;
  }

  /** Waits for the board to say something; looks at what it said since the last match. */
  async waitForOutput(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpMatchArray> {
    return this.#transcript.waitFor(pattern, { what: `${this.node.name}'s board`, ...options });
  }

  /**
   * Puts the board's port where programs can open it, until `close`. As many as you like may lead to one board.
   *
   * `rfc2217` carries DTR, RTS and rates, so that programs reset the board by themselves. `pty` (by socat) and `tcp`
   * have no such lines, in this as in any system: call `pressReset({ boot: true })` before a program is to find the
   * loader, `pressReset()` after it.
   *
   * @returns what programs call it: a path, `socket://host:port` or `rfc2217://host:port`.
   * @throws ConsoleError CONSOLE_NO_SOCAT, CONSOLE_PTY, CONSOLE_LISTEN.
   */
  serve(by: 'rfc2217', options?: Omit<ServeOptions, 'link'>): Promise<string>;
  serve(by: 'pty' | 'tcp', options?: ServeOptions): Promise<string>;
  async serve(by: 'pty' | 'tcp' | 'rfc2217', options: ServeOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    if (by === 'pty') {
      const { path, close } = await servePty(this, options);
      this.#servers.push(close);
      return path;
    }
    const { port, close } = by === 'tcp' ? await serveOnTcp(this, options) : await serveRfc2217(this);
    this.#servers.push(close);
    return `${by === 'tcp' ? 'socket' : 'rfc2217'}://127.0.0.1:${port}`;
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    return this.chip.onOutput(listener);
  }

  receive(bytes: Uint8Array, capacity?: number): number {
    return this.chip.receive(bytes, capacity);
  }

  hold(): () => void {
    return this.chip.hold();
  }

  setLines(lines: Partial<SerialLines>): void {
    this.chip.setLines(lines);
  }

  setHostBaud(baud: number): void {
    this.chip.setHostBaud(baud);
  }

  /** Presses RESET, with BOOT held down if you like. */
  pressReset(options?: { boot?: boolean }): void {
    this.chip.pressReset(options);
  }

  /** Pulls the plug. */
  powerOff(): void {
    this.chip.powerOff();
  }

  /** Does nothing to a board that has its power. */
  powerOn(): void {
    this.chip.powerOn();
  }

  /** Frees what `serve` took and ends the chip and its node. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** `await using` closes the board. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const results = await Promise.allSettled(this.#servers.map((close) => close()));
    await this.chip.close();
    this.node.off('boot', this.#onNodeBoot);
    await this.node.close();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #startNode(files: FileSystemPartition): RunningApplication {
    files.mount();
    const { node } = this;
    node.powerOn().catch((error: unknown) => {
      // A reset in the middle of a start is no failure; what else went wrong is said where a person would look.
      if (error instanceof VirtualNodeError && error.code === 'NODE_STATE') return;
      this.#transcript.add(Buffer.from(`${String(error)}\r\n`));
    });
    return { console: node.console, stop: () => node.powerOff() };
  }

  /** Where the node reset itself, the ROM has its say before boot.py; of a reset by lines it has said it already. */
  readonly #onNodeBoot = (reason: ResetReason): void => {
    if (reason === 'deep-sleep') this.chip.sayReset('deep-sleep');
    else if (reason === 'hard' || reason === 'watchdog') this.chip.sayReset('software');
  };
}
