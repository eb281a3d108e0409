import type { Board } from './board.ts';
import { LinkError } from './errors.ts';
import type { Link } from './link/link.ts';
import { pause } from './wait.ts';

export interface ResetOptions {
  /** Milliseconds for all of it. @default 15 000 */
  timeoutMs?: number;
  /** Soft reset: leave main.py out and end at the raw prompt. @default false */
  skipMain?: boolean;
  signal?: AbortSignal;
}

/** How long the reset line is held: as long as esptool does. */
const pulseMs = 100;
/** Until an order to reset has left this side and was read. */
const orderMs = 200;

/**
 * Soft: by Ctrl-D at the prompt. Hard: by a pulse on RTS where that line resets the chip, else by `machine.reset()`; a board
 * on its own USB disappears from the bus then, and has to be connected to anew.
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
      await pulse(link, signal);
      return;
    }
    if (!repl.isReady) await repl.enter(timeoutMs, signal);
    try {
      const code = Buffer.from('import machine,time\ntime.sleep_ms(50)\nmachine.reset()');
      await repl.exec(code, { endsAt: performance.now() + orderMs, idleMs: orderMs, signal });
    } catch (error) {
      // No answer is the answer: the board is starting again, and a USB one has left the bus.
      if (signal?.aborted) throw error;
    }
    repl.forget();
  });
}

/** EN low by RTS, DTR off so that the chip starts from flash. @throws LinkError LINK_UNSUPPORTED */
export async function pulse(link: Link, signal?: AbortSignal): Promise<void> {
  if (!link.setLines) {
    throw new LinkError(
      'LINK_UNSUPPORTED',
      `${link.name} has no control lines: reset the board by its button`,
    );
  }
  await link.setLines({ dtr: false, rts: true });
  await pause(pulseMs, signal);
  await link.setLines({ dtr: false, rts: false });
}
