// Puts one image on several boards at once: only with @ota/flasher.
// node flash-all.mjs firmware.bin /dev/ttyUSB0 /dev/ttyUSB1
import { readFile } from 'node:fs/promises';
import { connect, readImage } from '@ota/flasher';

const [, , file = '', ...ports] = process.argv;
const data = await readFile(file);
console.log(`${file} is for the ${readImage(data).chip}`);

/** @param {string} port */
async function flash(port) {
  const flasher = await connect(port);
  try {
    const { written } = await flasher.writeFlash([{ data }]);
    return `${flasher.chip.mac} has it, ${written} bytes were written`;
  } finally {
    await flasher.close();
  }
}

const results = await Promise.allSettled(ports.map(flash));
for (const [index, result] of results.entries()) {
  const isDone = result.status === 'fulfilled';
  console.log(`${ports[index]}: ${isDone ? result.value : result.reason.message}`);
  if (!isDone) process.exitCode = 1;
}
