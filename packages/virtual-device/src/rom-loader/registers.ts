import type { ChipModel } from './chip-models.ts';
import type { NorFlash } from './nor-flash.ts';

const magicAddress = 0x4000_1000;
const userCommand = 1 << 18;
const readId = 0x9f;
const watchdogKey = 0x50d8_3aa1;
const watchdogOn = 2 ** 31;
/** Winbond, serial NOR; the third byte is the size. */
const jedecId = 0x40ef;

/** The memory-mapped registers that hosts touch, with the SPI controller behind which the flash answers. */
export class Registers {
  readonly #chip: ChipModel;
  readonly #flash: NorFlash;
  readonly #values: Map<number, number>;
  readonly #onWatchdog: (isOn: boolean) => void;

  /** @param onWatchdog - called when a host starts or stops the RTC watchdog. */
  constructor(
    chip: ChipModel,
    flash: NorFlash,
    values: [address: number, value: number][],
    onWatchdog: (isOn: boolean) => void,
  ) {
    this.#chip = chip;
    this.#flash = flash;
    this.#values = new Map(values);
    this.#onWatchdog = onWatchdog;
  }

  read(address: number, baud: number): number {
    if (address === magicAddress) return this.#chip.magic;
    if (address === this.#chip.uartDivider) return Math.round(40_000_000 / baud);
    return (this.#values.get(address) ?? 0) >>> 0;
  }

  write(address: number, value: number, mask: number): void {
    const { watchdog } = this.#chip;
    const isWatchdog = watchdog !== undefined && address === watchdog.config0;
    // Without the key it keeps what it has.
    if (isWatchdog && this.#values.get(watchdog.protect) !== watchdogKey) return;
    const before = this.#values.get(address) ?? 0;
    const after = ((before & ~mask) | (value & mask)) >>> 0;
    this.#values.set(address, after);
    if (isWatchdog) this.#onWatchdog(after >= watchdogOn);
    if (address === this.#chip.spi.base && (value & userCommand) !== 0) this.#runSpiCommand();
  }

  #runSpiCommand(): void {
    const { base, usr2, w0 } = this.#chip.spi;
    const opcode = (this.#values.get(base + usr2) ?? 0) & 0xff;
    if (opcode === readId) this.#values.set(base + w0, jedecId | (this.#flash.sizeCode << 16));
    this.#values.set(base, 0);
  }
}
