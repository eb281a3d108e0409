import type { ChipModel, EfuseContents, EspChip } from './chip-models.ts';

/** What a host sees of a chip after the ESP32; all of them say who they are by their security info. */
interface LaterChip {
  name: string;
  chipId: number;
  bootloaderOffset: number;
  /** The eFuse controller. */
  efuses: number;
  /** BLOCK1, with the MAC in its first six bytes; 0x44 behind the controller's start in all but one. */
  block1?: number;
  /** Where major and minor are: a word of BLOCK1 each, and bits in it. */
  revision: { word: number; majorBit: number; minorWord?: number; minorBit: number };
  spiBase?: number;
  uartDivider?: number;
  watchdog?: { config0: number; protect: number };
  magic?: number;
  /** Only an S2 leaves its id out of the security info. */
  saysItsId?: boolean;
}

/** C6, H2, C5 and C61 have it here. */
const lowPower = 0x600b_1c00;
const lowPowerWatchdog = { config0: lowPower, protect: lowPower + 0x18 };

/** From the technical reference manuals: "eFuse Controller", "SPI Controller", "Watchdog Timers". */
const chips: Record<Exclude<EspChip, 'esp32' | 'esp32s3' | 'esp32c3'>, LaterChip> = {
  esp32s2: {
    ...{ name: 'ESP32-S2', chipId: 2, bootloaderOffset: 0x1000, magic: 0x7c6, saysItsId: false },
    ...{ efuses: 0x3f41_a000, spiBase: 0x3f40_2000, uartDivider: 0x3f40_0014 },
    revision: { word: 3, majorBit: 18, minorWord: 4, minorBit: 4 },
    watchdog: { config0: 0x3f40_8094, protect: 0x3f40_80ac },
  },
  esp32c2: {
    ...{ name: 'ESP32-C2', chipId: 12, bootloaderOffset: 0, spiBase: 0x6000_2000 },
    ...{ efuses: 0x6000_8800, block1: 0x6000_8840 },
    revision: { word: 1, majorBit: 20, minorBit: 16 },
  },
  esp32c5: {
    ...{ name: 'ESP32-C5', chipId: 23, bootloaderOffset: 0x2000, efuses: 0x600b_4800 },
    revision: { word: 2, majorBit: 4, minorBit: 0 },
    watchdog: lowPowerWatchdog,
  },
  esp32c6: {
    ...{ name: 'ESP32-C6', chipId: 13, bootloaderOffset: 0, efuses: 0x600b_0800 },
    revision: { word: 3, majorBit: 22, minorBit: 18 },
    watchdog: lowPowerWatchdog,
  },
  esp32c61: {
    ...{ name: 'ESP32-C61', chipId: 20, bootloaderOffset: 0, efuses: 0x600b_4800 },
    revision: { word: 2, majorBit: 4, minorBit: 0 },
    watchdog: lowPowerWatchdog,
  },
  esp32h2: {
    ...{ name: 'ESP32-H2', chipId: 16, bootloaderOffset: 0, efuses: 0x600b_0800 },
    revision: { word: 3, majorBit: 21, minorBit: 18 },
    watchdog: { config0: lowPower, protect: lowPower + 0x1c },
  },
  esp32p4: {
    ...{ name: 'ESP32-P4', chipId: 18, bootloaderOffset: 0x2000, efuses: 0x5012_d000 },
    ...{ spiBase: 0x5008_d000, uartDivider: 0x500c_a014 },
    revision: { word: 2, majorBit: 4, minorBit: 0 },
    watchdog: { config0: 0x5011_6000, protect: 0x5011_6018 },
  },
};

export function laterChip(key: keyof typeof chips): ChipModel {
  const chip: LaterChip = chips[key];
  return {
    ...{ name: chip.name, chipId: chip.chipId, bootloaderOffset: chip.bootloaderOffset },
    magic: chip.magic ?? chip.chipId,
    hasSecurityInfo: true,
    saysItsId: chip.saysItsId ?? true,
    spi: { base: chip.spiBase ?? 0x6000_3000, usr1: 0x1c, usr2: 0x20, w0: 0x58 },
    uartDivider: chip.uartDivider ?? 0x6000_0014,
    ...(chip.watchdog && { watchdog: chip.watchdog }),
    bootText: {
      banner: `ESP-ROM:${key}\r\nrst:0x1 (POWERON),boot:`,
      download: '0x4 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n',
      run: '0xc (SPI_FAST_FLASH_BOOT)\r\n',
    },
    resetCauses: { software: '0xc (SW_CPU)', 'deep-sleep': '0x5 (DSLEEP)' },
    registers: (contents) => efuseRegisters(chip, contents),
  };
}

function efuseRegisters(chip: LaterChip, { mac, revision }: EfuseContents): [number, number][] {
  const block1 = chip.block1 ?? chip.efuses + 0x44;
  const { word, majorBit, minorWord = word, minorBit } = chip.revision;
  const bytes = new DataView(mac.buffer, mac.byteOffset, mac.length);
  const values = new Map([
    [block1, bytes.getUint32(2)],
    [block1 + 4, bytes.getUint16(0)],
  ]);
  const add = (index: number, bits: number) => {
    const address = block1 + index * 4;
    values.set(address, (values.get(address) ?? 0) | bits);
  };
  add(word, Math.floor(revision / 100) << majorBit);
  add(minorWord, (revision % 100) << minorBit);
  return [...values];
}
