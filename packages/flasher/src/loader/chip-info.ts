import type { ESPLoader, ROM } from 'esptool-js';
import { chipOfName, type ChipName } from '../chips.ts';
import { FlasherError } from '../errors.ts';

/** What a chip says of itself. */
export interface ChipInfo {
  chip: ChipName;
  /** As esptool-js describes it, such as `ESP32-D0WD-V3 (revision 3)`. */
  description: string;
  /** Major times 100 plus minor; `undefined` in secure download mode, or where it cannot be read. */
  revision: number | undefined;
  features: string[];
  /** Lower case, with colons; `undefined` in secure download mode. */
  mac: string | undefined;
  /** In bytes; `undefined` if the flash does not answer or its id is unknown. */
  flashSize: number | undefined;
  /** The flash's JEDEC id, manufacturer in the lowest byte. */
  flashId: number | undefined;
  security: SecurityState;
}

/** What the chip refuses, by its eFuses. */
export interface SecurityState {
  secureBoot: boolean;
  flashEncryption: boolean;
  secureDownload: boolean;
}

/** @param what - what the chip said of itself. */
export function unknownChip(what: string, cause: unknown): FlasherError {
  return new FlasherError('NOT_AN_ESP', `What answers is no chip this package knows: ${what}`, {
    remedy:
      'Check that it is a chip of the ESP32 family, and whether a newer version of this package knows it',
    cause,
  });
}

interface WithVersions {
  getMajorChipVersion(loader: ESPLoader): Promise<number>;
  getMinorChipVersion(loader: ESPLoader): Promise<number>;
}

/** @throws FlasherError NOT_AN_ESP for a chip that esptool-js knows and this package does not, such as an ESP8266. */
export async function readChipInfo(loader: ESPLoader): Promise<ChipInfo> {
  const facts = chipOfName(loader.chip.CHIP_NAME);
  if (facts === undefined) throw unknownChip(`an ${loader.chip.CHIP_NAME}`, undefined);
  const chip = facts.name;
  const security = await readSecurity(loader);
  if (security.secureDownload) {
    const description = `${chip} in secure download mode`;
    const unknown = { revision: undefined, mac: undefined, flashSize: undefined, flashId: undefined };
    return { chip, description, features: [], security, ...unknown };
  }
  const features = await loader.chip.getChipFeatures(loader);
  const flashId = await readFlashId(loader);
  return {
    chip,
    description: await loader.chip.getChipDescription(loader),
    revision: await readRevision(loader),
    features: features.map((feature) => feature.trim()),
    mac: await loader.chip.readMac(loader),
    flashId,
    flashSize: flashId === undefined ? undefined : flashSizeOf(loader, flashId),
    security,
  };
}

async function readFlashId(loader: ESPLoader): Promise<number | undefined> {
  const id = (await loader.readFlashId()) & 0xff_ffff;
  return id === 0 || id === 0xff_ffff ? undefined : id;
}

function flashSizeOf(loader: ESPLoader, id: number): number | undefined {
  const size = loader.DETECTED_FLASH_SIZES[id >> 16];
  const [, number, unit] = /^(\d+)([KM])B$/.exec(size ?? '') ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 'K' ? 1024 : 1024 * 1024);
}

/** esptool-js's `getChipRevision` is the major on an ESP32, the minor on a C3 and both on a P4: not of use here. */
async function readRevision(loader: ESPLoader): Promise<number | undefined> {
  if (loader.chip.CHIP_NAME === 'ESP32') {
    const major = (await loader.chip.getChipRevision?.(loader)) ?? 0;
    const minor = ((await loader.readReg(esp32.efuse + 5 * 4)) >>> 24) & 3;
    return major * 100 + minor;
  }
  const own = ownVersions[loader.chip.CHIP_NAME];
  if (own !== undefined) {
    const word = await loader.readReg(own.address);
    return ((word >>> own.major) & 3) * 100 + ((word >>> own.minor) & 0xf);
  }
  if (!hasVersions(loader.chip)) return undefined;
  return (
    (await loader.chip.getMajorChipVersion(loader)) * 100 + (await loader.chip.getMinorChipVersion(loader))
  );
}

/**
 * A C2's and a C6's versions lie elsewhere than a C3's, whose methods esptool-js has them inherit (their technical
 * reference manuals, "eFuse Controller"). May go when its ESP32C2ROM and ESP32C6ROM have methods of their own.
 */
const ownVersions: Partial<Record<string, { address: number; minor: number; major: number }>> = {
  'ESP32-C2': { address: 0x6000_8844, minor: 16, major: 20 },
  'ESP32-C6': { address: 0x600b_0850, minor: 18, major: 22 },
};

function hasVersions(chip: ROM): chip is ROM & WithVersions {
  return 'getMajorChipVersion' in chip && 'getMinorChipVersion' in chip;
}

/** The ESP32 has no command for it: its eFuses say it (ESP32 Technical Reference Manual, "eFuse Controller"). */
const esp32 = { efuse: 0x3ff5_a000, cryptCount: 0x7f << 20, absDone: 0x30 };

async function readSecurity(loader: ESPLoader): Promise<SecurityState> {
  if (loader.chip.CHIP_NAME === 'ESP32') {
    const cryptCount = (await loader.readReg(esp32.efuse)) & esp32.cryptCount;
    const done = (await loader.readReg(esp32.efuse + 6 * 4)) & esp32.absDone;
    return { secureBoot: done !== 0, flashEncryption: hasOddBits(cryptCount), secureDownload: false };
  }
  const { flashCryptCnt, parsedFlags } = await loader.getSecurityInfo();
  return {
    secureBoot: parsedFlags.SECURE_BOOT_EN,
    flashEncryption: hasOddBits(flashCryptCnt),
    secureDownload: parsedFlags.SECURE_DOWNLOAD_ENABLE,
  };
}

/** Each change of the setting burns one more bit. */
function hasOddBits(value: number): boolean {
  let bits = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) bits += 1;
  return bits % 2 === 1;
}
