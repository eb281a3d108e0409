import { laterChip } from './later-chips.ts';

/**
 * The chips that the simulated ROM loader can be. Of all but ESP32, S3 and C3 it is what tells one from another that is
 * modelled (id, eFuses, registers, offset); their loaders are taken to behave as a C3's.
 */
export type EspChip =
  | 'esp32'
  | 'esp32s2'
  | 'esp32s3'
  | 'esp32c2'
  | 'esp32c3'
  | 'esp32c5'
  | 'esp32c6'
  | 'esp32c61'
  | 'esp32h2'
  | 'esp32p4';

/** What the eFuses of a chip hold. */
export interface EfuseContents {
  mac: Uint8Array;
  /** Major times 100 plus minor. */
  revision: number;
  secureBoot: boolean;
  flashEncryption: boolean;
}

/** What a chip answers, and where its registers are. */
export interface ChipModel {
  name: string;
  /** The number that image headers and the security info carry. */
  chipId: number;
  /** What a host reads at 0x40001000. */
  magic: number;
  bootloaderOffset: number;
  /** An ESP32's mask ROM does not know GET_SECURITY_INFO, nor the fifth word of FLASH_BEGIN. */
  hasSecurityInfo: boolean;
  /** Whether its id is in the security info; of the chips that have the command only an S2 leaves it out. */
  saysItsId: boolean;
  spi: { base: number; usr1: number; usr2: number; w0: number };
  /** Where the divider of the UART's clock is; the host works the crystal out from it. */
  uartDivider: number;
  /** The RTC watchdog, on chips whose hosts touch it. */
  watchdog?: { config0: number; protect: number };
  bootText: { banner: string; download: string; run: string };
  /** What the ROM calls a reset that the chip made itself. */
  resetCauses: { software: string; 'deep-sleep': string };
  /** Registers that differ from zero. */
  registers: (efuses: EfuseContents) => [address: number, value: number][];
}

const laterResetCauses = { software: '0xc (RTC_SW_CPU_RST)', 'deep-sleep': '0x5 (DSLEEP)' };
const newSpi = { base: 0x6000_2000, usr1: 0x1c, usr2: 0x20, w0: 0x58 };

/** eFuses of every chip after the ESP32: BLOCK1 at +0x44, as the technical reference manuals have it. */
function laterEfuses(base: number) {
  return ({ mac, revision, secureBoot, flashEncryption }: EfuseContents): [number, number][] => {
    const [major, minor] = [Math.floor(revision / 100), revision % 100];
    return [
      [base + 0x34, flashEncryption ? 1 << 18 : 0],
      [base + 0x38, secureBoot ? 1 << 20 : 0],
      [base + 0x44, word(mac, 2)],
      [base + 0x48, word(mac, 0) >>> 16],
      [base + 0x50, (minor & 7) << 18],
      [base + 0x58, ((minor >> 3) << 23) | (major << 24)],
    ];
  };
}

function word(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
}

export const chipModels: Record<EspChip, ChipModel> = {
  esp32: {
    name: 'ESP32',
    chipId: 0,
    magic: 0x00f0_1d83,
    bootloaderOffset: 0x1000,
    hasSecurityInfo: false,
    saysItsId: false,
    spi: { base: 0x3ff4_2000, usr1: 0x20, usr2: 0x24, w0: 0x80 },
    uartDivider: 0x3ff4_0014,
    bootText: {
      banner: 'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:',
      download: '0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n',
      run: '0x13 (SPI_FAST_FLASH_BOOT)\r\n',
    },
    resetCauses: { software: '0xc (SW_CPU_RESET)', 'deep-sleep': '0x5 (DEEPSLEEP_RESET)' },
    registers: ({ mac, revision, secureBoot, flashEncryption }) => {
      const [major, minor] = [Math.floor(revision / 100), revision % 100];
      const efuse = 0x3ff5_a000;
      return [
        [efuse, flashEncryption ? 1 << 20 : 0],
        [efuse + 0x04, word(mac, 2)],
        [efuse + 0x08, word(mac, 0) >>> 16],
        [efuse + 0x0c, (1 << 9) | (major >= 1 ? 1 << 15 : 0)],
        // The calibrated 8 MHz clock; with RTCCALICFG1 below it makes a crystal of 40 MHz.
        [efuse + 0x10, 128],
        [efuse + 0x14, (major >= 2 ? 1 << 20 : 0) | (minor << 24)],
        [efuse + 0x18, secureBoot ? 1 << 5 : 0],
        [0x3ff5_f06c, 800 << 7],
        [0x3ff6_607c, major >= 3 ? 0x8000_0000 : 0],
      ];
    },
  },
  esp32s3: {
    name: 'ESP32-S3',
    chipId: 9,
    magic: 9,
    bootloaderOffset: 0,
    hasSecurityInfo: true,
    saysItsId: true,
    spi: newSpi,
    uartDivider: 0x6000_0014,
    watchdog: { config0: 0x6000_8098, protect: 0x6000_80b0 },
    bootText: {
      banner: 'ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:0x1 (POWERON),boot:',
      download: '0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n',
      run: '0x8 (SPI_FAST_FLASH_BOOT)\r\n',
    },
    resetCauses: laterResetCauses,
    registers: laterEfuses(0x6000_7000),
  },
  esp32c3: {
    name: 'ESP32-C3',
    chipId: 5,
    magic: 0x1b31_506f,
    bootloaderOffset: 0,
    hasSecurityInfo: true,
    saysItsId: true,
    spi: newSpi,
    uartDivider: 0x6000_0014,
    watchdog: { config0: 0x6000_8090, protect: 0x6000_80a8 },
    bootText: {
      banner: 'ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\nrst:0x1 (POWERON),boot:',
      download: '0x4 (DOWNLOAD(USB/UART0/1))\r\nwaiting for download\r\n',
      run: '0xc (SPI_FAST_FLASH_BOOT)\r\n',
    },
    resetCauses: laterResetCauses,
    registers: laterEfuses(0x6000_8800),
  },
  esp32s2: laterChip('esp32s2'),
  esp32c2: laterChip('esp32c2'),
  esp32c5: laterChip('esp32c5'),
  esp32c6: laterChip('esp32c6'),
  esp32c61: laterChip('esp32c61'),
  esp32h2: laterChip('esp32h2'),
  esp32p4: laterChip('esp32p4'),
};
