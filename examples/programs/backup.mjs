// Brings all files of a board to a folder here: only with @ota/device-fs.
// node backup.mjs /dev/ttyUSB0 my-board
import { MicroPythonDevice } from '@ota/device-fs';

const [, , port = '', folder = ''] = process.argv;
const board = await MicroPythonDevice.connect(port);
try {
  const { version } = await board.firmware();
  const { files } = await board.pull('/', folder, { exclude: ['*settings.py'] });
  const { freeBytes } = await board.files.statvfs('/');
  console.log(`MicroPython ${version}: ${files.length} files, ${freeBytes} bytes free`);
} finally {
  await board.reset('hard'); // what ran before runs again
  await board.close();
}
