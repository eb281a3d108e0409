import { z } from 'zod';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import { toldChip, withFlasher } from '../framework/flasher.ts';
import { address, choices } from '../framework/options.ts';
import { chipSchema, securityCheckNames } from '../install/flash-board.ts';

export const command = defineCommand({
  name: 'erase',
  about: "Erases a board's flash: firmware, settings, files.",
  details:
    'A chip with secure boot, flash encryption or secure download mode is refused: it may never start again.',
  options: {
    address: address('only from here on; a multiple of 0x1000'),
    length: address('only so many bytes; a multiple of 0x1000'),
    force: choices('erase a chip that is locked; may be given several times', securityCheckNames),
  },
  settings: ['flashBaud'],
  boards: 'many',
  changes: true,
  destroys: ({ options, ports }) =>
    options.length === undefined
      ? `all that is on ${ports.join(', ')} will be erased: firmware, settings, files`
      : `${options.length} bytes of the flash of ${ports.join(', ')} will be erased`,
  examples: [
    ['ota erase --yes', 'all of the flash, without asking'],
    ['ota erase --address 0x9000 --length 0x6000', 'a part of it, here the NVS'],
  ],
  result: z.object({
    port: z.string(),
    chip: chipSchema,
    erased: z.object({ address: z.int(), length: z.int().nullable().describe('null for all') }),
    dryRun: z.boolean(),
  }),

  run: async (context) => {
    const { options, settings, port, dryRun, signal, say } = context;
    const { address: from, length, force } = options;
    if ((from === undefined) !== (length === undefined))
      throw usageError('--address and --length go together: give both');
    for (const given of [from ?? 0, length ?? 0]) {
      if (given % 0x1000 !== 0)
        throw usageError('only whole sectors can be erased: give multiples of 0x1000');
    }
    return withFlasher(context, settings.flashBaud, async (flasher) => {
      const { checkErase } = await import('@ota/flasher');
      checkErase(flasher.chip, force);
      if (!dryRun) {
        say('erasing the flash');
        if (from === undefined || length === undefined) await flasher.eraseFlash({ force, signal });
        else await flasher.eraseRegion(from, length, { force, signal });
      }
      const erased = { address: from ?? 0, length: length ?? null };
      return { port, chip: toldChip(flasher.chip), erased, dryRun };
    });
  },

  print: ({ chip, erased, dryRun }, view) => {
    const what = erased.length === null ? 'all of the flash' : `${erased.length} bytes`;
    view.line(`${chip.description}: ${what} ${dryRun ? 'would be' : 'is'} erased`);
  },
});
