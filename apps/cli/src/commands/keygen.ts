import { writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import { kindOf, localDirectory } from '../framework/local-files.ts';
import { choice, optionalArgument } from '../framework/options.ts';
import { addIgnores, missingIgnores } from '../install/write-settings.ts';

const defaultFile = 'release-key.pem';
const lengths = { '2048': 2048, '3072': 3072, '4096': 4096 } as const;

export const command = defineCommand({
  name: 'keygen',
  about: 'Makes a key to sign releases with, and prints the line for nodesettings.py.',
  details:
    'The private key stays on this computer: in a file readable for you alone, and named in .gitignore. Keep a copy where no Git server is. One for each repository: a node takes whatever its key has signed.',
  args: { file: optionalArgument(`where the key is to be (default: ${defaultFile})`, { completes: 'file' }) },
  options: { bits: choice('how long the key is (default: 3072)', ['2048', '3072', '4096']) },
  changes: true,
  examples: [
    ['ota keygen', `writes ${defaultFile}, and prints the setting gogsKey`],
    ['ota keygen ~/keys/lamp.pem --bits 4096', 'a longer one, elsewhere'],
  ],
  result: z.object({
    file: z.string().describe('with the private key (PEM)'),
    gogsKey: z.string().nullable().describe('the public key, as nodes want it; null with --dry-run'),
    ignored: z.array(z.string()).describe('new lines of .gitignore'),
    dryRun: z.boolean(),
  }),

  run: async ({ args, options, io, dryRun }) => {
    const file = resolve(io.cwd, args.file ?? defaultFile);
    await localDirectory(io.cwd, dirname(file));
    if ((await kindOf(file)) !== 'nothing') throw alreadyThere(file);
    const ignored = await missingIgnores(dirname(file), [basename(file)]);
    if (dryRun) return { file, gogsKey: null, ignored, dryRun };
    const { generateReleaseKey } = await import('@ota/micropython-firmware');
    const { privateKey, gogsKey } = await generateReleaseKey({ bits: lengths[options.bits ?? '3072'] });
    await addIgnores(dirname(file), ignored);
    await writeNew(file, privateKey);
    return { file, gogsKey, ignored, dryRun };
  },

  print: ({ file, gogsKey, ignored, dryRun }, view, { say }) => {
    say(`${dryRun ? 'would write' : 'wrote'} ${file}`);
    if (ignored.length > 0) say(`${dryRun ? 'would add' : 'added'} ${ignored.join(', ')} to .gitignore`);
    if (gogsKey === null) return;
    say(
      'sign with it first ("ota sign"); then put this into nodesettings.py, and that on the nodes ("ota rsync"):',
    );
    view.line(`    "gogsKey": "${gogsKey}",`);
  },
});

/** A key that is there may be the only one that nodes take: it is never written over, whoever made it meanwhile. */
async function writeNew(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw alreadyThere(file);
    throw usageError(`cannot write ${file}: name a directory that is yours`, { cause });
  }
}

function alreadyThere(file: string): Error {
  return usageError(`${file} is there already, and nodes may know its key: name another file`);
}
