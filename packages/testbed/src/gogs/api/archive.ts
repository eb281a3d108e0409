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
  return partOf(whole, call.headers.range, headers);
}

async function commitOf(git: Repository, ref: string) {
  const id =
    (await git.ref(`refs/heads/${ref}`)) ??
    (await git.ref(`refs/tags/${ref}`)) ??
    (ref.length >= 7 && ref.length <= 40 ? await git.resolve(ref) : undefined);
  return id === undefined ? undefined : git.commit(id);
}

/** One range at most: several at once get the whole. */
function partOf(whole: Buffer, range: string | undefined, headers: Record<string, string>): Answer {
  const all: Answer = {
    status: 200,
    headers: { ...headers, 'Accept-Ranges': 'bytes', 'Content-Type': 'application/octet-stream' },
    body: whole,
    fixedLength: true,
  };
  if (range === undefined || /^bytes=.*,/.test(range)) return all;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const isRange = first !== '' ? last === '' || Number(first) <= Number(last) : last !== '';
  if (!isRange) return noPart(headers, 'invalid range');
  const size = whole.length;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= size) {
    return noPart({ ...headers, 'Content-Range': `bytes */${size}` }, 'invalid range: failed to overlap');
  }
  return {
    ...all,
    status: 206,
    headers: { ...all.headers, 'Content-Range': `bytes ${start}-${end - 1}/${size}` },
    body: whole.subarray(start, end),
  };
}

/** Go takes back what it said of the file. */
function noPart(headers: Record<string, string>, message: string): Answer {
  const kept = Object.entries(headers).filter(([name]) => !['Cache-Control', 'Last-Modified'].includes(name));
  return {
    status: 416,
    headers: { ...Object.fromEntries(kept), 'Content-Type': 'text/plain; charset=utf-8' },
    body: Buffer.from(`${message}\n`),
    fixedLength: true,
  };
}
