import type { AskOptions, Board } from './board.ts';
import { DeviceError } from './errors.ts';
import type { PythonValue } from './python/parse.ts';

/** What a board's MicroPython can do. */
export interface Firmware {
  /** Such as `1.27.0`. */
  readonly version: string;
  /** `sys.implementation._mpy`; 0 where compiled files cannot be loaded. */
  readonly mpy: number;
  /** Module `deflate`: MicroPython 1.21 on. */
  readonly deflate: boolean;
  /** Module `binascii`. */
  readonly base64: boolean;
  /** `os.ilistdir`, and with it directories. */
  readonly directories: boolean;
  /** Whether files can be renamed. */
  readonly rename: boolean;
  /** `sys.stdout.buffer`, which carries all bytes. */
  readonly rawOutput: boolean;
  /** Bytes of heap, after a collection. */
  readonly freeMemory: number;
}

/** Python that reports all of it in one value; also leaves os, sys and gc imported. */
export const firmwareProbe = `import os,sys,gc
def t(m):
 try:__import__(m)
 except ImportError:return 0
 return 1
gc.collect()
i=sys.implementation
e((i[1],getattr(i,'_mpy',0),t('deflate'),t('binascii'),hasattr(os,'ilistdir'),hasattr(os,'rename'),hasattr(getattr(sys,'stdout',0),'buffer'),gc.mem_free()))`;

export async function askFirmware(board: Board, options: AskOptions = {}): Promise<Firmware> {
  const [value] = await board.ask(firmwareProbe, { ...options, repeatable: true });
  return asFirmware(value);
}

/** @throws DeviceError DEVICE_RESULT for anything but the probe's answer. */
export function asFirmware(value: PythonValue | undefined): Firmware {
  if (!Array.isArray(value) || value.length !== 8 || !Array.isArray(value[0])) {
    throw new DeviceError(
      'DEVICE_RESULT',
      'the board did not tell what its firmware can do: is it MicroPython?',
    );
  }
  const [version, mpy, deflate, base64, directories, rename, rawOutput, freeMemory] = value;
  return {
    version: version.slice(0, 3).map(Number).join('.'),
    mpy: Number(mpy),
    deflate: deflate === 1,
    base64: base64 === 1,
    directories: directories === true,
    rename: rename === true,
    rawOutput: rawOutput === true,
    freeMemory: Number(freeMemory),
  };
}
