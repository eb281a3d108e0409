import type { AskOptions, Board } from '../board.ts';
import type { Firmware } from '../firmware.ts';
import { FlatWriter } from './flat-writer.ts';
import { Uploader, type UploadEvents } from './uploader.ts';

/** Writes files in the best way that a board's firmware has for it. */
export function writerFor(
  board: Board,
  firmware: Firmware,
  ask: AskOptions,
  events: UploadEvents = {},
): Uploader | FlatWriter {
  return firmware.rename && board.checksum === 'sha256'
    ? new Uploader(board, firmware, ask, events)
    : new FlatWriter(board, ask, events);
}
