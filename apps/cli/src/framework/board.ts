import type { ConnectOptions, MicroPythonDevice } from '@ota/device-fs';
import type { BaseContext } from './context.ts';

/** How long a board may take to come to its prompt: a program that boots has to be interrupted first. */
const enterMs = 15_000;
/** A bare chip never answers: who only wants to know whether there is one to talk to waits for so long. */
export const probeMs = 5_000;

/** How to open this command's port, by the settings. */
export async function linkOptions(context: BaseContext): Promise<ConnectOptions> {
  const { allSettings, signal, port } = context;
  const { baud, lines } = await allSettings.values(['baud', 'lines']);
  const isOn = lines === 'on';
  const password = port.startsWith('ws://') ? await context.secret('webreplPassword') : undefined;
  return {
    ...{ baudRate: baud, signal, enterMs },
    // On is what the system does on opening; saying so would be another change of the lines.
    ...(!isOn && { lines: { dtr: false, rts: false } }),
    ...(password !== undefined && { password }),
  };
}

/**
 * Does something with the board at this command's port, and leaves the board at its prompt and the port free, whatever happens.
 *
 * @throws LinkError, ReplError and what `work` throws; the signal's reason.
 */
export async function withBoard<T>(
  context: BaseContext,
  work: (board: MicroPythonDevice) => Promise<T>,
  more: ConnectOptions = {},
): Promise<T> {
  const options = { ...(await linkOptions(context)), ...more };
  const { MicroPythonDevice: Device } = await import('@ota/device-fs');
  const board = await Device.connect(context.port, options);
  try {
    return await work(board);
  } finally {
    await board.close();
  }
}
