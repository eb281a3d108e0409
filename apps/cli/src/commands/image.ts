import { resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../framework/command.ts';
import { toldChip, withFlasher } from '../framework/flasher.ts';
import { localFile } from '../framework/local-files.ts';
import { flag, text, choices } from '../framework/options.ts';
import { bytes } from '../framework/output/units.ts';
import {
  checkNames,
  chipSchema,
  chooseImage,
  imageSettings,
  warnOfTrust,
  writeImage,
  writtenSchema,
} from '../install/flash-board.ts';

export const command = defineCommand({
  name: 'image',
  about: 'Writes MicroPython to a board: the image for its chip, or a file of your own.',
  details:
    'What the flash holds already is left alone, and everything is compared with the MD5 of the chip at the end. Files of the board stay, unless --erase is given.',
  options: {
    file: text('an image here, in place of one from the download site', { value: 'file', completes: 'file' }),
    offline: flag('take the image from the cache, or fail'),
    erase: flag('erase all of the flash first, files too'),
    force: choices('go without a check; may be given several times', checkNames),
  },
  settings: imageSettings,
  boards: 'many',
  changes: true,
  destroys: ({ options: { erase }, ports }) =>
    `the firmware ${erase ? 'and all files ' : ''}of ${ports.join(', ')} will be replaced`,
  examples: [
    ['ota image --yes', "the newest MicroPython for the board's chip"],
    ['ota image --board LOLIN_S2_MINI --micropython ^1.26', 'a certain build'],
    ['ota image --file firmware.bin --erase', 'your own build, on an empty flash'],
  ],
  result: writtenSchema.extend({
    port: z.string(),
    chip: chipSchema,
    erased: z.boolean(),
    dryRun: z.boolean(),
  }),

  run: async (context) => {
    const { options, settings, port, dryRun, io } = context;
    const file =
      options.file === undefined ? undefined : await localFile(io.cwd, resolve(io.cwd, options.file));
    return withFlasher(context, settings.flashBaud, async (flasher) => {
      const { chip } = flasher;
      const image = await chooseImage(context, chip, settings, { ...options, file });
      warnOfTrust(context, image);
      const written = await writeImage(context, flasher, image, options);
      return { port, chip: toldChip(chip), ...written, erased: options.erase && !dryRun, dryRun };
    });
  },

  print: ({ chip, image, written, skipped, dryRun }, view) => {
    const what = `${image.fileName} (${bytes(image.size)})`;
    if (dryRun) view.line(`${chip.description}: ${what} would be written`);
    else
      view.line(
        `${chip.description}: ${what} is on it; ${bytes(written)} written, ${bytes(skipped)} were there`,
      );
  },
});
