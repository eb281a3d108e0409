import { plugIn } from '@ota/testbed';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { Board, limitsOf } from '../src/board.ts';
import { streamLink } from '../src/link/stream-link.ts';
import { bytesLiteral, stringLiteral, type LiteralStyle } from '../src/python/literal.ts';
import { parsePython } from '../src/python/parse.ts';
import { startNode, versions } from './helpers/boards.ts';

/** What an octal escape, a quote or a backslash could swallow. */
const traps = ['\x000', "'", '\\', '\\n', '\r\n', '\x7f1', '\x01\x02\x03\x04\x05', "b''"];
const blocks = [
  ...fc.sample(fc.uint8Array({ maxLength: 60 }), { numRuns: 150, seed: 4 }),
  ...traps.map((trap) => Buffer.from(trap, 'latin1')),
];
const texts = [
  ...fc.sample(fc.string({ unit: 'binary', maxLength: 30 }), { numRuns: 150, seed: 4 }),
  ...traps,
];

it.each(versions)('a literal is to MicroPython %s what it was here, and so back', async (micropython) => {
  const node = await startNode({ micropython });
  const cable = plugIn(node.console);
  const board = new Board(streamLink(cable));
  onTestFinished(() => {
    board.repl.inbox.detach();
    cable.destroy();
  });
  const printed = async (code: Buffer): Promise<string[]> => {
    const { output } = await board.run(code, limitsOf({}));
    return output.toString().split('\r\n').slice(0, -1);
  };
  for (const style of ['ascii', 'binary'] satisfies LiteralStyle[]) {
    const list = blocks.flatMap((block) => [bytesLiteral(block, style), Buffer.from(',')]);
    const [start, end] = ['import binascii\nfor v in (', '):print(binascii.hexlify(v).decode())'];
    const lines = await printed(Buffer.concat([Buffer.from(start), ...list, Buffer.from(end)]));
    expect(lines).toEqual(blocks.map((block) => Buffer.from(block).toString('hex')));
  }
  const reprs = await printed(
    Buffer.from(`for v in (${texts.map((text) => `${stringLiteral(text)},`).join('')}):print(repr(v))`),
  );
  expect(reprs.map(parsePython)).toEqual(texts);
});
