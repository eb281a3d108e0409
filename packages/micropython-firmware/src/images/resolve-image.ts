import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { maxSatisfying, rsort, valid, validRange } from 'semver';
import { boards, type Board } from './boards.ts';
import { ImageError } from './errors.ts';
import { parseImageFileName } from './file-name.ts';
import { imageManifest } from './manifest.ts';
import type { ImageManifest, ImageRelease } from './manifest-types.ts';

/** Which image is wanted. */
export interface ImageRequest {
  /** MicroPython's name of the board, such as `ESP32_GENERIC`. */
  board: string;
  /** Such as `SPIRAM`; one of the board's `variants`. */
  variant?: string | undefined;
  /** `latest`, a version or a range of versions (`^1.26`, `>=1.26 <1.27`). @default 'latest' */
  version?: string;
  /** @default the one that comes with this package */
  manifest?: ImageManifest;
}

/** Where an image is, and how it is recognized. */
export interface ResolvedImage {
  /** What it is for. */
  board: Board;
  /** One of the board's, or `undefined` for the plain build. */
  variant: string | undefined;
  /** Such as `1.27.0`. */
  version: string;
  /** As on MicroPython's site. */
  fileName: string;
  /** On MicroPython's site; `fetchImage` may take it from a mirror. */
  url: string;
  /** Where it goes, in bytes from the start of the flash. */
  offset: number;
  /** `undefined` where nobody has named it: then the first that is seen is kept. */
  sha256: string | undefined;
  /** False for a variant whose file name follows from its board's, and was not seen on the download site. */
  isListed: boolean;
}

const site = 'https://micropython.org/resources/firmware/';

/**
 * Which file is MicroPython for a board, from the list of releases that comes with this package. Nothing is fetched.
 *
 * @throws ImageError IMAGE_BOARD_UNKNOWN, IMAGE_VARIANT_UNKNOWN or IMAGE_VERSION_UNKNOWN, with what there is.
 * @example
 * const { fileName, offset } = resolveImage({ board: 'ESP32_GENERIC', version: '^1.26' });
 */
export function resolveImage(request: ImageRequest): ResolvedImage {
  const { variant, version = 'latest', manifest = imageManifest } = request;
  const board = findBoard(request);
  const build = variant === undefined ? board.id : `${board.id}-${variant}`;
  const release = findRelease(manifest, board.id, build, version);
  const fileName = `${build}-${release.date}-v${release.version}.bin`;
  return {
    ...{ board, variant, fileName },
    version: release.version,
    url: new URL(fileName, site).href,
    offset: board.flashOffset,
    sha256: manifest.hashes[fileName],
    isListed: release.builds.includes(build),
  };
}

/** A file that somebody has, and the board it is for. */
export interface ImageFileRequest extends Omit<ImageRequest, 'version'> {
  /** Its path. */
  file: string;
}

/**
 * The same for a file by hand, which needs no release that is known: for `fetchImage` with its `file`. Only its name is
 * looked at.
 *
 * @throws ImageError IMAGE_BOARD_UNKNOWN or IMAGE_VARIANT_UNKNOWN, with what there is.
 */
export function resolveFile(request: ImageFileRequest): ResolvedImage {
  const { variant, file, manifest = imageManifest } = request;
  const board = findBoard(request);
  const fileName = basename(file);
  return {
    ...{ board, variant, fileName },
    version: parseImageFileName(fileName)?.version ?? 'unknown',
    url: pathToFileURL(file).href,
    offset: board.flashOffset,
    sha256: manifest.hashes[fileName],
    isListed: false,
  };
}

function findBoard({ board: wanted, variant }: Pick<ImageRequest, 'board' | 'variant'>): Board {
  const board = boards().find(({ id }) => id === wanted);
  if (board === undefined) {
    const known = boards().map(({ id }) => id);
    throw new ImageError(
      'IMAGE_BOARD_UNKNOWN',
      `no board is called ${wanted}: ${known.join(', ')} are known`,
    );
  }
  if (variant !== undefined && !(variant in board.variants)) {
    const known = Object.keys(board.variants).join(', ') || 'none';
    throw new ImageError('IMAGE_VARIANT_UNKNOWN', `${board.id} has no variant ${variant}: there is ${known}`);
  }
  return board;
}

function findRelease(manifest: ImageManifest, board: string, build: string, wanted: string): ImageRelease {
  const releases = manifest.releases.filter(({ builds }) => builds.includes(build) || builds.includes(board));
  const versions = rsort(releases.map(({ version }) => version));
  const version = wanted === 'latest' ? versions[0] : pick(versions, wanted);
  const release = releases.find((candidate) => candidate.version === version);
  if (release !== undefined) return release;
  const known = versions.join(', ') || 'none';
  throw new ImageError(
    'IMAGE_VERSION_UNKNOWN',
    `no version ${wanted} of ${build} is known: there is ${known}`,
  );
}

function pick(versions: string[], wanted: string): string | undefined {
  const exact = valid(wanted);
  if (exact !== null) return versions.find((version) => version === exact);
  return validRange(wanted) === null ? undefined : (maxSatisfying(versions, wanted) ?? undefined);
}
