import type { Flash } from '../../flash/flash.ts';
import { FlashError } from '../../flash/flash-error.ts';
import { textCapacity } from '../syscalls.ts';
import type { Answer, Arguments, Handler, SyscallTable } from './syscall-table.ts';

/** The file system calls: MicroPython's, made on the node's flash. `scratch` is where bytes come and go. */
export function flashCalls(flash: Flash, scratch: Uint8Array): SyscallTable {
  const guarded =
    (handler: (args: Arguments) => Answer): Handler =>
    (args) => {
      try {
        return handler(args);
      } catch (error) {
        if (error instanceof FlashError) return -error.errno;
        throw error;
      }
    };
  const done = (action: (args: Arguments) => void): Handler =>
    guarded((args) => {
      action(args);
      return 0;
    });

  return {
    'fs.stat': guarded((args) => {
      const { type, size, modifiedMs } = flash.stat(args.string(0));
      return { text: JSON.stringify({ directory: type === 'directory', size, modifiedMs }) };
    }),
    'fs.readdir': guarded((args) => ({ text: JSON.stringify(flash.readdir(args.string(0))) })),
    'fs.mkdir': done((args) => {
      flash.mkdir(args.string(0));
    }),
    'fs.rmdir': done((args) => {
      flash.rmdir(args.string(0));
    }),
    'fs.remove': done((args) => {
      flash.remove(args.string(0));
    }),
    'fs.rename': done((args) => {
      flash.rename(args.string(0), args.string(1));
    }),
    'fs.open': guarded((args) => {
      const mode = args.string(1);
      return flash.open(args.string(0), {
        write: mode.includes('w'),
        create: mode.includes('c'),
        truncate: mode.includes('t'),
      });
    }),
    'fs.size': guarded((args) => flash.size(args.number(0))),
    'fs.close': done((args) => {
      flash.close(args.number(0));
    }),
    'fs.sync': done((args) => {
      flash.sync(args.number(0));
    }),
    'fs.read': guarded((args) => {
      const bytes = new Uint8Array(Math.min(args.number(2), textCapacity));
      return { bytes: bytes.subarray(0, flash.read(args.number(0), args.number(1), bytes)) };
    }),
    'fs.write': guarded((args) =>
      flash.write(args.number(0), args.number(1), scratch.slice(0, args.number(2))),
    ),
    'fs.statvfs': guarded(() => {
      const { blockSize, totalBlocks, freeBlocks } = flash.statvfs();
      return { text: `${blockSize} ${totalBlocks} ${freeBlocks}` };
    }),
  };
}
