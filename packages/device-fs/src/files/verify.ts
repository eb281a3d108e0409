import { DeviceError, PythonError } from '../errors.ts';
import { verifyMark } from './helper.ts';

/** The error of a flash that holds other bytes than were written; every other one stays as it is. */
export function asVerifyError(error: unknown, what: string): unknown {
  if (!(error instanceof PythonError && error.traceback.includes(verifyMark))) return error;
  return new DeviceError(
    'DEVICE_VERIFY',
    `the flash gives back other bytes than were written, '${what}': the old files are kept. The flash may be worn out`,
    { cause: error },
  );
}
