import { connectPort, type Flasher } from './flasher.ts';
import type { ConnectOptions } from './flasher-options.ts';
import { unlessAborted } from './link/wait.ts';
import type { FlashPort } from './port/flash-port.ts';
import { portByName } from './port/open-port.ts';

/**
 * Brings the chip at the port into its loader and finds out what it is. Until `close` the port is the flasher's.
 *
 * @param port - a path such as `/dev/ttyUSB0`, `socket://host:port`, `rfc2217://host:port`, or any object with the interface of Web Serial's
 * `SerialPort`.
 * @throws FlasherError, with the port closed; the reason of an aborted signal.
 * @example
 * const flasher = await connect('/dev/ttyUSB0');
 * console.log(flasher.chipInfo().description);
 * await flasher.close(); // which starts what the board holds
 */
export async function connect(port: string | FlashPort, options: ConnectOptions = {}): Promise<Flasher> {
  if (typeof port !== 'string') return connectPort(port, options);
  return connectPort(await unlessAborted(portByName(port), options.signal), options);
}
