import { generateReleaseKey, releaseFile, signRelease, type ReleaseKey } from '../../src/index.ts';

/** Files of a commit, and the signature of those that are in `src/`. */
export function signed(
  files: Readonly<Record<string, string | Buffer>>,
  { privateKey }: ReleaseKey,
  serial: number,
): Record<string, string | Buffer> {
  const listed = Object.entries(files).map(([path, content]) =>
    releaseFile(path.slice('src/'.length), Buffer.from(content)),
  );
  return { ...files, 'src/.signature': signRelease(listed, { privateKey, serial }) };
}

/** The shortest there may be: it is made fast. */
export async function shortKey(): Promise<ReleaseKey> {
  return generateReleaseKey({ bits: 2048 });
}
