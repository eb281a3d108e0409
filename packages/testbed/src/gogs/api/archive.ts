import { pageNotFound, type Answer } from './answer.ts';
import { param, type RepositoryCall } from './call.ts';
import type { Repository } from '../git/repository.ts';

const formats = ['zip', 'tar.gz'] as const;

/** `GET archive/<ref>.zip|.tar.gz`: served as a file from disk, so with a length, ranges and If-Modified-Since. */
export async function getArchive(call: RepositoryCall): Promise<Answer> {
  const { git, name } = call.repository;
  const file = param(call, '*');
  const format = formats.find((each) => file.endsWith(`.${each}`));
  if (!format) return pageNotFound();
  const ref = file.slice(0, -format.length - 1);
  const commit = await commitOf(git, ref);
  if (!commit) return pageNotFound();
  const whole = await git.archive(commit.id, format, name.toLowerCase());
  const headers = {
    'Cache-Control': 'must-revalidate',
    'Content-Description': 'File Transfer',
    'Content-Disposition': `attachment; filename=${Buffer.from(`${name}-${file}`).toString('latin1')}`,
    'Content-Transfer-Encoding': 'binary',
    Expires: '0',
    'Last-Modified': new Date().toUTCString(),
    Pragma: 'public',
  };
  const since = Date.parse(call.headers['if-modified-since'] ?? '');
  if (since > Date.now()) return { status: 304, headers, body: Buffer.alloc(0) };
  return partOf(whole, call.headers.range, {
    ...headers,
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
  });
}

async function commitOf(git: Repository, ref: string) {
  const id =
    (await git.ref(`refs/heads/${ref}`)) ??
    (await git.ref(`refs/tags/${ref}`)) ??
    (ref.length >= 7 && ref.length <= 40 ? await git.resolve(ref) : undefined);
  return id === undefined ? undefined : git.commit(id);
}

/** One range at most; what is no range at all is ignored, as Go does for an If-Range that fails. */
function partOf(whole: Buffer, range: string | undefined, headers: Record<string, string>): Answer {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return { status: 200, headers, body: whole, fixedLength: true };
  const start = first === '' ? Math.max(0, whole.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? whole.length : Math.min(whole.length, Number(last) + 1);
  const size = String(whole.length);
  if (start >= end) {
    const body = Buffer.from('invalid range: failed to overlap\n');
    return {
      status: 416,
      headers: { ...headers, 'Content-Range': `bytes */${size}` },
      body,
      fixedLength: true,
    };
  }
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/${size}` },
    body: whole.subarray(start, end),
    fixedLength: true,
  };
}
