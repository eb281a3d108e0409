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

/** MicroPython's own list of errors, in the order of its tables, with this port's numbers (py/mperrno.h, moderrno.c). */
const portNumbers = [
  1, 2, 5, 9, 11, 12, 13, 17, 19, 21, 22, 95, 98, 103, 104, 105, 107, 110, 111, 113, 114, 115,
];
/** Those that an ESP32 numbers otherwise: EADDRINUSE, ECONNABORTED, ENOTCONN, ETIMEDOUT, EHOSTUNREACH, EALREADY, EINPROGRESS. */
const esp32ByPort: Readonly<Record<number, number>> = {
  98: 112,
  103: 113,
  107: 128,
  110: 116,
  113: 118,
  114: 120,
  115: 119,
};

/**
 * Gives the `errno` module the ESP32's numbers. The compiler puts `errno.ETIMEDOUT` into the code as a number, so a Python
 * module in its place would come too late: the two constant tables are changed where they lie, that of the module's names
 * and `errno.errorcode`, which also makes the text of an OSError.
 *
 * @param words MicroPython's memory.
 * @returns how many tables were found; 2 in a build that is understood.
 */
export function renumberErrors(words: Int32Array): number {
  const smallInt = (value: number): number => (value << 1) | 1;
  const wanted = portNumbers.map(smallInt);
  const pair = 2;
  const first = wanted[0] ?? 0;
  let tables = 0;
  // At every boot this code is new to the engine, and a loop over each word in JavaScript would take 20 ms of it.
  for (let start = words.indexOf(first); start >= 0; start = words.indexOf(first, start + 1)) {
    if (!wanted.every((value, index) => words[start + index * pair] === value)) continue;
    portNumbers.forEach((number, index) => {
      words[start + index * pair] = smallInt(esp32ByPort[number] ?? number);
    });
    tables++;
  }
  return tables;
}
