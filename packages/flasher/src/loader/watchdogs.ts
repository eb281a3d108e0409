import type { ChipName } from '../chips.ts';
import { wait } from '../link/wait.ts';
import type { Session } from './session.ts';

interface Watchdog {
  config0: number;
  config1: number;
  protect: number;
  /** The super watchdog: `feedItself` is its bit that makes it harmless. */
  swd?: { config: number; protect: number; key: number; feedItself: number };
}

const key = 0x50d8_3aa1;
const all = 0xffff_ffff;

const rtc = 0x6000_8000;
const lowPower = 0x600b_1c00;
const p4LowPower = 0x5011_6000;
const feedItself = 1 << 18;
/** C6, C61 and C5. */
const c6: Watchdog = {
  ...{ config0: lowPower, config1: lowPower + 4, protect: lowPower + 0x18 },
  swd: { config: lowPower + 0x1c, protect: lowPower + 0x20, key, feedItself },
};

/** The registers of each chip's technical reference manual, "Low-Power Management" or "Watchdog Timers". */
const watchdogs: Partial<Record<ChipName, Watchdog>> = {
  'ESP32-S2': { config0: 0x3f40_8094, config1: 0x3f40_8098, protect: 0x3f40_80ac },
  'ESP32-S3': {
    ...{ config0: rtc + 0x98, config1: rtc + 0x9c, protect: rtc + 0xb0 },
    swd: { config: rtc + 0xb4, protect: rtc + 0xb8, key: 0x8f1d_312a, feedItself: 1 << 31 },
  },
  'ESP32-C3': {
    ...{ config0: rtc + 0x90, config1: rtc + 0x94, protect: rtc + 0xa8 },
    swd: { config: rtc + 0xac, protect: rtc + 0xb0, key: 0x8f1d_312a, feedItself: 1 << 31 },
  },
  'ESP32-C5': c6,
  'ESP32-C6': c6,
  'ESP32-C61': c6,
  'ESP32-H2': {
    ...{ config0: lowPower, config1: lowPower + 4, protect: lowPower + 0x1c },
    swd: { config: lowPower + 0x20, protect: lowPower + 0x24, key, feedItself },
  },
  'ESP32-P4': {
    ...{ config0: p4LowPower, config1: p4LowPower + 4, protect: p4LowPower + 0x18 },
    swd: { config: p4LowPower + 0x1c, protect: p4LowPower + 0x20, key, feedItself },
  },
};

/**
 * Keeps the watchdogs from resetting the chip in the middle of a write: the reset over USB-Serial/JTAG that leads into the
 * loader leaves them running.
 *
 * esptool-js 0.7.0 does it for a P4 alone; may go when its postConnect does it for every chip with such a unit, and
 * `connect` calls it.
 */
export async function calmWatchdogs(session: Session): Promise<void> {
  const watchdog = watchdogs[session.info.chip];
  if (watchdog === undefined) return;
  await session.writeRegister(watchdog.protect, key, all);
  await session.writeRegister(watchdog.config0, 0, all);
  await session.writeRegister(watchdog.protect, 0, all);
  if (watchdog.swd === undefined) return;
  const { config, protect, key: swdKey, feedItself: bit } = watchdog.swd;
  await session.writeRegister(protect, swdKey, all);
  await session.writeRegister(config, ((await session.readRegister(config)) | bit) >>> 0, all);
  await session.writeRegister(protect, 0, all);
}

/** Slow clocks until the watchdog bites, some 15 ms. */
const biteTicks = 2000;
/** On, resets the whole system at its first stage, for the longest time (TRM, RTC_CNTL_WDTCONFIG0_REG). */
const bite = ((1 << 31) | (5 << 28) | (1 << 8) | 2) >>> 0;
const biteMs = 500;

/** Where the ROM that a chip on USB-OTG started with says why it did. */
const straps: Partial<Record<ChipName, { strap: number; option: number; forced: number }>> = {
  'ESP32-S2': { strap: 0x3f40_4038, option: 0x3f40_8128, forced: 1 },
  'ESP32-S3': { strap: 0x6000_4038, option: 0x6000_812c, forced: 1 },
};
const io0High = 1 << 3;

/** The S3's bit that a download over USB sets and a reset leaves. */
export const forcedDownload = { register: 0x6000_812c, mask: 1 };

/**
 * Whether a pulse on RTS would lead back into the loader: a chip that is on its own USB-OTG and was started with BOOT
 * pressed looks at its pins only in a reset of the whole system, which its watchdog alone can make.
 */
export async function needsWatchdogReset(session: Session): Promise<boolean> {
  const { chip } = session.info;
  if (chip === 'ESP32-P4') return true;
  const where = straps[chip];
  if (where === undefined) return false;
  const strap = await session.readRegister(where.strap);
  const option = await session.readRegister(where.option);
  return (strap & io0High) === 0 && (option & where.forced) === 0;
}

/** Resets the chip by its own watchdog. Its USB leaves the bus then: nothing can be asked any more. */
export async function watchdogReset(session: Session): Promise<void> {
  const watchdog = watchdogs[session.info.chip];
  if (watchdog === undefined) throw new TypeError(`${session.info.chip}: its watchdog is unknown`);
  await session.writeRegister(watchdog.protect, key, all);
  await session.writeRegister(watchdog.config1, biteTicks, all);
  await session.writeRegister(watchdog.config0, bite, all);
  await session.writeRegister(watchdog.protect, 0, all);
  await wait(biteMs);
}
