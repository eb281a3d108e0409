import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import { localDirectory } from '../framework/local-files.ts';
import { flag, optionalArgument } from '../framework/options.ts';
import { stagedFiles, stageSignature } from '../signing/staged-files.ts';

export const command = defineCommand({
  name: 'sign',
  about: 'Signs what will be committed of src/, for nodes that have a gogsKey.',
  details:
    'Signs what is staged and committed, as "git commit" will take it, writes src/.signature and stages that too. Where files on this computer are different it stops, and names them.',
  args: { directory: optionalArgument('src/ of a repository (default: src)', { completes: 'directory' }) },
  options: { staged: flag('sign what is staged although files on this computer are different') },
  settings: ['signingKeyFile'],
  changes: true,
  examples: [
    ['ota sign --key ~/release-key.pem', 'after "git add src"; then "git commit"'],
    ['ota sign --dry-run --json', 'what would be signed, with the key that OTA_SIGNING_KEY_FILE names'],
  ],
  result: z.object({
    file: z.string().describe('the signature, written and staged'),
    serial: z.number().describe('higher than in the signature before'),
    files: z.array(z.string()).describe('what is signed, relative to src/'),
    differing: z
      .array(z.string())
      .describe('what is different on this computer, and not signed as it is here'),
    gogsKey: z.string().describe('the setting of nodes that take it'),
    isNew: z.boolean().describe('whether what was there did not fit already'),
    dryRun: z.boolean(),
  }),

  run: async ({ args, options, need, io, signal, dryRun }) => {
    const firmware = await import('@ota/micropython-firmware');
    const { gogsKeyOf, releaseFile, serialOf, signatureFile, signRelease, verifyRelease } = firmware;
    const directory = await localDirectory(io.cwd, args.directory ?? 'src');
    const privateKey = await readText(need('signingKeyFile'));
    if (privateKey === undefined) {
      throw usageError(`${need('signingKeyFile')} cannot be read: "ota keygen" makes a key (--key)`);
    }
    const gogsKey = gogsKeyOf(privateKey);
    const { files, differing } = await stagedFiles(directory, signatureFile, signal);
    if (differing.length > 0 && !options.staged) {
      const names = differing.map((name) => `src/${name}`).join(', ');
      throw usageError(
        `not staged as on this computer: ${names}: "git add" first, or sign what is staged with --staged`,
      );
    }
    const file = join(directory, signatureFile);
    // Git may have given it other line ends here.
    const before = (await readText(file))?.replaceAll('\r\n', '\n') ?? '';
    const isNew = !fits(() => verifyRelease(files, before, gogsKey));
    const serial = isNew
      ? Math.max(Math.floor(Date.now() / 1000), (serialOf(before) ?? -1) + 1)
      : (serialOf(before) ?? 0);
    const text = isNew ? signRelease(files, { privateKey, serial }) : before;
    if (!dryRun) {
      await replace(file, text);
      await stageSignature(directory, releaseFile(signatureFile, Buffer.from(text)), signal);
    }
    const names = files.map(({ path }) => path);
    return { file, serial, files: names, differing: [...differing], gogsKey, isNew, dryRun };
  },

  print: ({ file, serial, files, differing, gogsKey, isNew, dryRun }, view, { say }) => {
    const what = isNew ? (dryRun ? 'would sign' : 'signed') : 'signed already:';
    view.line(`${what} ${files.length} files of src/, serial ${serial}, for "gogsKey": "${gogsKey}"`);
    if (differing.length > 0)
      say(`not as they are on this computer: ${differing.map((name) => `src/${name}`).join(', ')}`);
    if (!dryRun) say(`${file} is staged: "git commit" and push; do not change src/ before`);
  },
});

function fits(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    // Anything else, such as a name that no node takes, would be wrong in a new signature too.
    if (error instanceof Error && 'code' in error && error.code === 'RELEASE_SIGNATURE') return false;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Whole or not at all; a link of that name is not followed. */
async function replace(path: string, text: string): Promise<void> {
  const part = `${path}.ota~`;
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw usageError(`cannot write ${path}: make its directory writable for you`, { cause });
  }
}
