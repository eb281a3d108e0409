/**
 * Error numbers: Emscripten's C library counts as WASI does, an ESP32's (newlib) as below. MicroPython reports whatever the
 * C library says, so the numbers are translated where the C library calls out to JavaScript.
 */
const wasiByEsp32: Readonly<Record<number, number>> = {
  1: 63, // EPERM
  2: 44, // ENOENT
  5: 29, // EIO
  9: 8, // EBADF
  11: 6, // EAGAIN
  12: 48, // ENOMEM
  13: 2, // EACCES
  16: 10, // EBUSY
  17: 20, // EEXIST
  18: 75, // EXDEV
  19: 43, // ENODEV
  20: 54, // ENOTDIR
  21: 31, // EISDIR
  22: 28, // EINVAL
  24: 33, // EMFILE
  28: 51, // ENOSPC
  29: 70, // ESPIPE
  30: 69, // EROFS
  36: 37, // ENAMETOOLONG
  39: 55, // ENOTEMPTY
  88: 52, // ENOSYS
};
const esp32ByWasi = new Map(Object.entries(wasiByEsp32).map(([esp32, wasi]) => [wasi, Number(esp32)]));

export function toWasi(errno: number): number {
  return wasiByEsp32[errno] ?? 29;
}

export function toEsp32(errno: number): number {
  return esp32ByWasi.get(errno) ?? errno;
}
