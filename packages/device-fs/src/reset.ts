import type { Board } from './board.ts';
import { DeviceError, PythonError } from './errors.ts';
import type { Link } from './link/link.ts';
import { exceptionOf } from './python/errno.ts';
import { pause } from './wait.ts';

/** How long a reset may take, and what may end it. */
export interface ResetOptions {
  /** Milliseconds for all of it. @default 15 000 */
  timeoutMs?: number;
  /** Soft reset: leave main.py out and end at the raw prompt. @default false */
  skipMain?: boolean;
  /** Ends waiting for the board. */
  signal?: AbortSignal;
}

/** How long the reset line is held: as long as esptool does. */
const pulseMs = 100;
/** Until an order to reset has left this side and was read. */
const orderMs = 200;
/** Waits first, so that nothing of the order is still on its way when the chip goes down. */
const resetCode = Buffer.from(`import machine
try:
 import time
 time.sleep_ms(50)
except (ImportError,AttributeError):pass
machine.reset()`);

/**
 * Soft: by Ctrl-D at the prompt. Hard: by a pulse on RTS where that line resets the chip, else by `machine.reset()`; a board
 * on its own USB disappears from the bus then, and has to be connected to anew.
 *
 * @throws DeviceError DEVICE_UNSUPPORTED where the firmware cannot reset the chip.
 */
export async function resetBoard(board: Board, kind: 'soft' | 'hard', options: ResetOptions): Promise<void> {
  const { timeoutMs = 15_000, skipMain = false, signal } = options;
  const { repl, link } = board;
  await board.exclusively(async () => {
    if (kind === 'soft') {
      await repl.softReset(skipMain, timeoutMs, signal);
      return;
    }
    if (link.lineReset === 'esp' && link.setLines) {
      repl.forget();
      await pulse(link.setLines.bind(link), signal);
      return;
    }
    if (!repl.isReady) await repl.enter(timeoutMs, signal);
    const refusal = await orderReset(board, signal);
    repl.forget();
    if (refusal) throw refusal;
  });
}

/** @returns why the board does not reset itself, if it says so. */
async function orderReset(
  { repl }: Board,
  signal: AbortSignal | undefined,
): Promise<DeviceError | undefined> {
  try {
    const { traceback } = await repl.exec(resetCode, {
      endsAt: performance.now() + orderMs,
      idleMs: orderMs,
      signal,
      resets: true,
    });
    if (traceback === '') return undefined;
    const cause = new PythonError(exceptionOf(traceback).name, traceback);
    return new DeviceError(
      'DEVICE_UNSUPPORTED',
      "this board's firmware has no machine.reset(): press its button, or pull its plug",
      { cause },
    );
  } catch (error) {
    // No answer is the answer: the board is starting again, and a USB one has left the bus.
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/** EN low by RTS, DTR off so that the chip starts from flash. */
async function pulse(setLines: NonNullable<Link['setLines']>, signal?: AbortSignal): Promise<void> {
  await setLines({ dtr: false, rts: true });
  await pause(pulseMs, signal);
  await setLines({ dtr: false, rts: false });
}
