import type { ChipInfo, Flasher, WriteResult } from '@ota/flasher';
import type { FetchedImage } from '@ota/micropython-firmware';
import { z } from 'zod';
import { exitCode } from '../exit-code.ts';
import { CliError } from '../framework/cli-error.ts';
import type { BaseContext } from '../framework/context.ts';
import type { SettingValues } from '../framework/settings/definitions.ts';

/** What decides which image a board gets. */
export const imageSettings = [
  'board',
  'variant',
  'micropython',
  'mirror',
  'proxy',
  'cacheDir',
  'flashBaud',
] as const;
export type ImageSettings = SettingValues<(typeof imageSettings)[number]>;

export const chipSchema = z.object({
  name: z.string().describe('such as ESP32-S3'),
  description: z.string(),
  mac: z.string().nullable(),
  features: z.array(z.string()),
  flashSize: z.int().nullable().describe('bytes'),
  secureBoot: z.boolean(),
  flashEncryption: z.boolean(),
});

export const imageSchema = z.object({
  board: z.string(),
  variant: z.string().nullable(),
  version: z.string(),
  fileName: z.string(),
  source: z.enum(['cache', 'download', 'file']),
  size: z.int().describe('bytes'),
  sha256: z.string(),
  trust: z
    .enum(['manifest', 'pinned', 'first', 'none'])
    .describe(
      'what its hash was compared with: the known one, the one seen first, nothing yet, or nothing at all',
    ),
});

export const writtenSchema = z.object({
  image: imageSchema,
  written: z.int().describe('bytes sent'),
  skipped: z.int().describe('bytes that were there already'),
  retries: z.int(),
});
export type Written = z.infer<typeof writtenSchema>;

/** What of the checks is about the chip's locks alone, as @ota/flasher names them. */
export const securityCheckNames = ['secure-boot', 'flash-encryption', 'secure-download'] as const;
/** The checks that `--force` goes without. */
export const checkNames = [
  ...(['image', 'chip', 'revision', 'offset', 'size'] as const),
  ...securityCheckNames,
];
export type CheckName = (typeof checkNames)[number];

export interface FlashChoices {
  /** An image of the user's own. */
  readonly file: string | undefined;
  /** Only from the cache. */
  readonly offline: boolean;
  readonly force: readonly CheckName[];
}

/**
 * Finds the image for a chip: for the board of the settings, else the generic one.
 *
 * @throws CliError NO_IMAGE for a chip without a generic build; ImageError.
 */
export async function chooseImage(
  context: BaseContext,
  chip: ChipInfo,
  settings: ImageSettings,
  { file, offline }: FlashChoices,
): Promise<FetchedImage> {
  const { fetchImage, guessBoard, resolveFile, resolveImage } = await import('@ota/micropython-firmware');
  const guess = settings.board === undefined ? guessBoard(chip) : undefined;
  const board = settings.board ?? guess?.board.id;
  if (board === undefined) {
    const message = `MicroPython has no generic build for the ${chip.chip}: name the board with --board`;
    throw new CliError('NO_IMAGE', exitCode.device, message);
  }
  const { micropython, mirror, proxy, cacheDir } = settings;
  const variant = settings.variant ?? guess?.variant;
  // A file of the user's own may be for a board of which no release is known.
  const resolved =
    file === undefined
      ? resolveImage({ board, variant, version: micropython })
      : resolveFile({ board, variant, file });
  return fetchImage(resolved, {
    ...{ file, offline, signal: context.signal },
    ...(mirror !== undefined && { mirror }),
    ...(proxy !== undefined && { proxy }),
    ...(cacheDir !== undefined && { cacheDirectory: cacheDir }),
    onProgress: ({ done, total }) => {
      context.progress({ label: 'download', done, total: total ?? done });
    },
  });
}

export interface WriteChoices {
  /** All of the flash, once it is sure that the image may be written. */
  readonly erase: boolean;
  readonly force: readonly CheckName[];
}

/** Writes an image, or with `--dry-run` only checks that it may be written. */
export async function writeImage(
  context: BaseContext,
  flasher: Flasher,
  image: FetchedImage,
  { erase, force }: WriteChoices,
): Promise<Written> {
  const images = [{ data: image.bytes }];
  const options = { force, boardOffset: image.offset, eraseAll: erase, signal: context.signal };
  let result: Pick<WriteResult, 'written' | 'skipped' | 'retries'> = { written: 0, skipped: 0, retries: 0 };
  await flasher.checkWrite(images, options);
  if (!context.dryRun) {
    const { description } = flasher.chip;
    context.say(`${description}: ${erase ? 'erasing, then ' : ''}writing ${image.fileName}`);
    result = await flasher.writeFlash(images, {
      ...options,
      progress: ({ done, total }) => {
        context.progress({ label: 'image', done, total });
      },
    });
    context.endProgress();
  }
  const { written, skipped, retries } = result;
  return { image: toldImage(image), written, skipped, retries };
}

function toldImage({ board, variant, version, fileName, source, bytes, sha256, trust }: FetchedImage) {
  return {
    board: board.id,
    variant: variant ?? null,
    version,
    fileName,
    source,
    size: bytes.length,
    sha256,
    trust,
  };
}

/** What people should know of an image that nothing vouches for. */
export function warnOfTrust({ say }: BaseContext, { trust, fileName, sha256 }: FetchedImage): void {
  if (trust === 'first')
    say(`${fileName} is seen for the first time (SHA-256 ${sha256}); from now on it has to stay the same`);
  if (trust === 'none') say(`${fileName} is a file of your own: no hash of it is known`);
}
