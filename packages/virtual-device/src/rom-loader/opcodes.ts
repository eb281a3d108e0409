/** Commands of the serial protocol (Espressif's documentation of esptool, "Serial Protocol"). */
export const opcodes = {
  flashBegin: 0x02,
  flashData: 0x03,
  flashEnd: 0x04,
  memBegin: 0x05,
  memEnd: 0x06,
  memData: 0x07,
  sync: 0x08,
  writeRegister: 0x09,
  readRegister: 0x0a,
  spiSetParameters: 0x0b,
  spiAttach: 0x0d,
  readFlashSlow: 0x0e,
  changeBaud: 0x0f,
  deflateBegin: 0x10,
  deflateData: 0x11,
  deflateEnd: 0x12,
  md5: 0x13,
  securityInfo: 0x14,
  eraseFlash: 0xd0,
  eraseRegion: 0xd1,
  readFlash: 0xd2,
  runUserCode: 0xd3,
} as const;

/** The second byte of a status that says no; the first is then 1. */
export const failures = {
  invalidMessage: 0x05,
  failedToAct: 0x06,
  invalidChecksum: 0x07,
  deflate: 0x0b,
  stubBadLength: 0xc0,
  stubBadChecksum: 0xc1,
  stubNotInFlashMode: 0xc6,
  stubInflate: 0xc7,
  stubNotEnoughData: 0xc8,
  stubTooMuchData: 0xc9,
  stubNotImplemented: 0xff,
} as const;

export interface LoaderCommand {
  op: number;
  /** The packet after its header of eight bytes. */
  data: Uint8Array;
  checksum: number;
}

/** @returns `undefined` for what is no request. */
export function parseCommand(packet: Uint8Array): LoaderCommand | undefined {
  if (packet.length < 8 || packet[0] !== 0) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const data = packet.subarray(8);
  if (view.getUint16(2, true) !== data.length) return undefined;
  return { op: view.getUint8(1), data, checksum: view.getUint32(4, true) };
}

/** The 32-bit word number `index`, little-endian; 0 where the packet is too short. */
export function wordAt(data: Uint8Array, index: number): number {
  if (data.length < index * 4 + 4) return 0;
  return new DataView(data.buffer, data.byteOffset, data.length).getUint32(index * 4, true);
}

/** The exclusive or of all bytes, started at 0xef. */
export function checksumOf(data: Uint8Array): number {
  let checksum = 0xef;
  for (const byte of data) checksum ^= byte;
  return checksum;
}
