/** The chips this package knows by name; what it can flash is what esptool-js has a stub or a ROM description for. */
export type ChipName =
  | 'ESP32'
  | 'ESP32-S2'
  | 'ESP32-S3'
  | 'ESP32-C2'
  | 'ESP32-C3'
  | 'ESP32-C5'
  | 'ESP32-C6'
  | 'ESP32-C61'
  | 'ESP32-H2'
  | 'ESP32-P4';

export interface ChipFacts {
  name: ChipName;
  /** As in the header of an image and in the chip's security info. */
  imageId: number;
  /** Where the ROM looks for the second-stage bootloader, in bytes from the start of the flash. */
  bootloaderOffset: number;
}

/** Ids and offsets as in Espressif's ESP-IDF (`esp_chip_id_t`, `CONFIG_BOOTLOADER_OFFSET_IN_FLASH`). */
export const chips: readonly ChipFacts[] = [
  { name: 'ESP32', imageId: 0, bootloaderOffset: 0x1000 },
  { name: 'ESP32-S2', imageId: 2, bootloaderOffset: 0x1000 },
  { name: 'ESP32-C3', imageId: 5, bootloaderOffset: 0 },
  { name: 'ESP32-S3', imageId: 9, bootloaderOffset: 0 },
  { name: 'ESP32-C2', imageId: 12, bootloaderOffset: 0 },
  { name: 'ESP32-C6', imageId: 13, bootloaderOffset: 0 },
  { name: 'ESP32-H2', imageId: 16, bootloaderOffset: 0 },
  { name: 'ESP32-P4', imageId: 18, bootloaderOffset: 0x2000 },
  { name: 'ESP32-C61', imageId: 20, bootloaderOffset: 0 },
  { name: 'ESP32-C5', imageId: 23, bootloaderOffset: 0x2000 },
];

export function chipOfImageId(imageId: number): ChipFacts | undefined {
  return chips.find((chip) => chip.imageId === imageId);
}

export function chipOfName(name: string): ChipFacts | undefined {
  return chips.find((chip) => chip.name === name);
}
