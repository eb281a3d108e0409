import { PassThrough } from 'node:stream';
import { plugIn, serveOnTcp, type VirtualNode } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { runRepl, type ReplOptions } from '../src/index.ts';
import { startNode } from './helpers/boards.ts';

/** A terminal: what is typed, and what has been shown. */
function terminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = '';
  output.on('data', (bytes: Buffer) => (shown += bytes.toString()));
  const shows = (text: string | RegExp) => expect.poll(() => shown, { timeout: 10_000 }).toMatch(text);
  return { input, output, shows, type: (text: string) => input.write(text) };
}

async function session(node: VirtualNode, options: Partial<ReplOptions> = {}) {
  const screen = terminal();
  const tcp = await serveOnTcp(node.console);
  const done = runRepl(`socket://${tcp.host}:${tcp.port}`, { ...screen, retryMs: 20, ...options });
  onTestFinished(async () => {
    screen.input.end();
    await Promise.allSettled([done]);
    await tcp.close();
  });
  return { ...screen, done, tcp };
}

it('shows what the board says, sends what is typed, and leaves at Ctrl-]', async () => {
  const node = await startNode();
  const { shows, type, done, input } = await session(node);
  await shows('>>> ');
  type('print(6*7)\r');
  await shows('\n42\r\n>>> ');
  type('while True: print("bu" + "sy")\r\r');
  await shows('busy');
  type('\x03');
  await shows('KeyboardInterrupt');
  type('x = 1\x1dnever typed\r');
  await done;
  expect(node.transcript.text).not.toContain('never typed');
  expect(input.listenerCount('data')).toBe(0);
});

it('goes on over a soft and a hard reset', async () => {
  const node = await startNode();
  const { shows, type } = await session(node);
  await shows('>>> ');
  type('\x04');
  await shows(/soft reboot[^]*MicroPython[^]*>>> /);
  node.reset('hard');
  await node.waitForBoot();
  type('\rprint("still" + "here")\r');
  await shows('stillhere');
});

it('pastes several lines as they are', async () => {
  const node = await startNode();
  const { shows, type } = await session(node);
  await shows('>>> ');
  type('def f():\n    if True:\n        return 5\n\n\nprint(f() * 111)\n');
  await shows('\n555\r\n>>> ');
});

it('pastes what a terminal hands on in pieces as one, whatever its length and wherever they are cut', async () => {
  const node = await startNode();
  const { shows, input } = await session(node);
  await shows('>>> ');
  const body = Array.from({ length: 400 }, (_, i) => `        n += ${i} # and more`).join('\n');
  const text = Buffer.from(`def f():\n    n = 0\n    if True:\n${body}\n    return n\n\nprint(f() * 10)\n`);
  expect(text.length).toBeGreaterThan(8192);
  for (let at = 0; at < text.length; at += 1021) input.write(text.subarray(at, at + 1021));
  await shows('\n798000\r\n>>> ');
});

it('stops a long paste at Ctrl-], and when its signal says so; nothing of it is run', async () => {
  const node = await startNode();
  const ran = "print('r' + 'an')\n";
  const long = ran + '# filling\n'.repeat(2000);
  const first = await session(node);
  await first.shows('>>> ');
  first.type(long);
  await first.shows('=== # filling');
  first.type('\x1d');
  await first.done;
  expect(node.transcript.text.split('# filling').length).toBeLessThan(1900);
  const controller = new AbortController();
  const second = await session(node, { signal: controller.signal });
  await second.shows('>>> ');
  second.type(long);
  await second.shows('=== # filling');
  controller.abort();
  await expect(second.done).rejects.toThrow();
  expect((await node.exec('print(1)')).output).toBe('1\n');
  expect(node.transcript.text).not.toContain('\nran');
});

it('sends all of a script that ends, or ends with Ctrl-]', async () => {
  const node = await startNode();
  for (const end of ['', '\x1d']) {
    const { shows, input, done } = await session(node);
    await shows('>>> ');
    const word = end === '' ? 'ended' : 'left';
    const shown = node.waitForOutput(`is${word}`);
    input.end(`${'# filling\n'.repeat(100)}print('is' + '${word}')\n${end}`);
    await done;
    await shown;
  }
});

it('waits for a cable that is pulled, and goes on when it is back', async () => {
  const node = await startNode();
  const { shows, type, tcp } = await session(node);
  await shows('>>> ');
  await tcp.close();
  await shows('the connection is lost');
  const again = await serveOnTcp(node.console, { port: tcp.port });
  onTestFinished(() => again.close());
  await shows('connected again');
  type('print("back" * 2)\r');
  await shows('backback');
});

it('ends with an error where the link is no address and is lost', async () => {
  const node = await startNode();
  const cable = plugIn(node.console);
  const screen = terminal();
  const done = runRepl(cable, screen);
  await screen.shows('>>> ');
  cable.destroy();
  await expect(done).rejects.toMatchObject({ code: 'LINK_LOST' });
});

it('ends when its signal says so', async () => {
  const node = await startNode();
  const controller = new AbortController();
  const { done, shows } = await session(node, { signal: controller.signal });
  await shows('>>> ');
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(done).rejects.toBe(reason);
});
