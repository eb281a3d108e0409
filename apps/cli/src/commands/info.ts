import type { MicroPythonDevice, PythonValue } from '@ota/device-fs';
import { z } from 'zod';
import { withBoard } from '../framework/board.ts';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/options.ts';
import { bytes } from '../framework/output/units.ts';
import { chipSchema } from '../install/flash-board.ts';

export const command = defineCommand({
  name: 'info',
  about: 'Tells what a board is: firmware, memory, node; with --chip also the chip, which resets it.',
  options: {
    chip: flag('reset the board into its loader, ask the chip and nothing else, and start the board again'),
  },
  boards: 'many',
  settings: ['flashBaud'],
  examples: [
    ['ota info', 'MicroPython, its version, free memory and flash, and what the node runs'],
    ['ota info --chip', 'the chip itself; works without MicroPython, too'],
  ],
  result: z.object({
    port: z.string(),
    micropython: z
      .object({
        version: z.string(),
        machine: z.string().nullable().describe('as os.uname() has it'),
        uniqueId: z.string().nullable().describe('of the chip, in hexadecimal'),
        freeMemory: z.int().describe('bytes of heap'),
        flash: z.object({ totalBytes: z.int(), freeBytes: z.int() }).nullable(),
      })
      .nullable()
      .describe('null with --chip'),
    node: z
      .object({
        name: z.string().nullable().describe('controllerName in its nodesettings.py'),
        version: z.string().nullable().describe('commit id of /src'),
      })
      .nullable(),
    chip: chipSchema.nullable().describe('null without --chip'),
  }),

  run: async (context) => {
    const { port } = context;
    if (context.options.chip) {
      const { askChip } = await import('../framework/flasher.ts');
      return {
        port,
        micropython: null,
        node: null,
        chip: await askChip(context, context.settings.flashBaud),
      };
    }
    return withBoard(context, async (board) => ({
      ...{ port, chip: null },
      micropython: await askFirmware(board, context.signal),
      node: await askNode(board, context.signal),
    }));
  },

  print: ({ port, micropython, node, chip }, view) => {
    const rows: [string, string | null | undefined][] = [['port', port]];
    if (micropython) {
      const { version, machine, uniqueId, freeMemory, flash } = micropython;
      rows.push(
        ['MicroPython', version],
        ['machine', machine],
        ['unique id', uniqueId],
        ['free memory', bytes(freeMemory)],
        ['flash', flash && `${bytes(flash.freeBytes)} free of ${bytes(flash.totalBytes)}`],
      );
    }
    if (node) rows.push(['node', node.name], ['version', node.version]);
    if (chip) {
      rows.push(
        ['chip', chip.description],
        ['MAC', chip.mac],
        ['features', chip.features.join(', ')],
        ['flash', chip.flashSize === null ? null : bytes(chip.flashSize)],
        ['secure boot', chip.secureBoot ? 'on' : 'off'],
        ['encryption', chip.flashEncryption ? 'on' : 'off'],
      );
    }
    view.table(
      ['', ''],
      rows.map(([name, value]) => [view.style('dim', name), value ?? '-']),
    );
  },
});

async function askFirmware(board: MicroPythonDevice, signal: AbortSignal) {
  const { version, freeMemory } = await board.firmware({ signal });
  const uname = await valueOf(board, "tuple(__import__('os').uname())", signal);
  const id = await valueOf(board, "__import__('machine').unique_id()", signal);
  const space = await board.files.statvfs('/', { signal }).catch(ifRefused);
  const machine = Array.isArray(uname) ? uname[4] : undefined;
  return {
    ...{ version, freeMemory },
    machine: typeof machine === 'string' ? machine : null,
    uniqueId: Buffer.isBuffer(id) ? id.toString('hex') : null,
    flash: space ? { totalBytes: space.totalBytes, freeBytes: space.freeBytes } : null,
  };
}

async function askNode(board: MicroPythonDevice, signal: AbortSignal) {
  const { readSettings } = await import('@ota/micropython-firmware');
  const settings = await textOf(board, '/nodesettings.py', signal);
  const version = await textOf(board, '/src/.version', signal);
  if (settings === undefined && version === undefined) return null;
  let name: unknown;
  try {
    name = readSettings(settings ?? '')['controllerName'];
  } catch {
    name = undefined; // somebody's own settings: what is in them is not for us to judge
  }
  return { name: typeof name === 'string' ? name : null, version: version?.trim() ?? null };
}

async function textOf(
  board: MicroPythonDevice,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const content = await board.files.readFile(path, { signal }).catch(ifRefused);
  return content?.toString('utf8');
}

/** `undefined` where this firmware has no such thing. */
async function valueOf(
  board: MicroPythonDevice,
  expression: string,
  signal: AbortSignal,
): Promise<PythonValue | undefined> {
  return board.eval(expression, { signal }).catch(ifRefused);
}

/** What the board itself says no to is an answer; a broken link is not. */
function ifRefused(error: unknown): undefined {
  const name = error instanceof Error ? error.name : '';
  if (['PythonError', 'DeviceError', 'FileSystemError'].includes(name)) return undefined;
  throw error;
}
