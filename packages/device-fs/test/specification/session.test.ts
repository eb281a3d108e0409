import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { runRepl } from '../../src/index.ts';
import { describeBoards, type BoardAtAddress } from '../helpers/specified-boards.ts';

/** A user at a terminal. */
function sitDown(board: BoardAtAddress) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = '';
  output.on('data', (bytes: Buffer) => (shown += bytes.toString()));
  const done = runRepl(board.address, { input, output, retryMs: 20 });
  onTestFinished(async () => {
    input.end();
    await Promise.allSettled([done]);
  });
  return {
    done,
    type: (text: string): void => {
      shown = '';
      input.write(text);
    },
    shows: (text: string | RegExp) => expect.poll(() => shown, { timeout: 10_000 }).toMatch(text),
  };
}

describeBoards('a REPL session', (board) => {
  it('shows what the board says, sends what is typed, interrupts, and leaves at Ctrl-]', async () => {
    const { type, shows, done } = sitDown(board());
    await shows('>>> ');
    type('print(6*7)\r');
    await shows('\n42\r\n>>> ');
    type('while True: print("bu" + "sy")\r\r');
    await shows('busy');
    type('\x03');
    await shows('KeyboardInterrupt');
    type('x = 1\x1d');
    await done;
  });

  it('pastes several lines as they are', async () => {
    const { type, shows } = sitDown(board());
    await shows('>>> ');
    type('def f():\n    if True:\n        return 5\n\n\nprint(f() * 111)\n');
    await shows('\n555\r\n>>> ');
  });

  it('survives a reset of the board, and a cable that comes back', async () => {
    const { type, shows } = sitDown(board());
    await shows('>>> ');
    type('\x04');
    await shows(/reboot[^]*MicroPython[^]*>>> /);
    type('import machine\rmachine.reset()\r');
    await shows(/reset\(\)[^]*MicroPython[^]*>>> /);
    await board().pull();
    await shows('the connection is lost');
    await board().plugIn();
    await shows('connected again');
    type('print("back" * 2)\r');
    await shows('backback');
  });
});
