import { GitFailedError } from '../errors.ts';
import type { Change, TreeFile } from '../gogs-server.ts';
import { runGit } from './run-git.ts';

const testbedAuthor = { name: 'Testbed', email: 'testbed@example.test' };

/**
 * Makes one commit in a bare repository, without a work tree, through `git fast-import`.
 *
 * @returns the commit's id.
 * @throws GitFailedError when Git refuses a path or a name, or `from` names nothing.
 */
export async function commitInto(gitFolder: string, change: Change): Promise<string> {
  const ref = `refs/heads/${change.branch ?? 'main'}`;
  const parent = (await commitIdOf(gitFolder, ref)) ?? (await startingPoint(gitFolder, change.from));
  const message = change.message ?? 'Change files';
  const { name, email } = change.author ?? testbedAuthor;
  const seconds = Math.floor((change.date ?? new Date()).getTime() / 1000);

  const stream: (string | Uint8Array)[] = [`commit ${ref}\nmark :1\n`];
  for (const role of ['author', 'committer']) stream.push(`${role} ${name} <${email}> ${seconds} +0000\n`);
  stream.push(...data(message.endsWith('\n') ? message : `${message}\n`));
  if (parent) stream.push(`from ${parent}\n`);
  for (const path of change.remove ?? []) stream.push(`D ${quoted(path)}\n`);
  for (const [path, file] of Object.entries(change.files ?? {})) stream.push(...modification(path, file));
  stream.push('get-mark :1\n', 'done\n');

  const input = Buffer.concat(stream.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const args = ['fast-import', '--quiet', '--done', '--date-format=raw'];
  const id = (await runGit(args, { cwd: gitFolder, input })).toString('latin1').trim();
  if (!id) throw new GitFailedError('fast-import', 0, `made no commit on ${ref}`);
  return id;
}

/** The commit a revision leads to, or `undefined` where it leads to none. */
export async function commitIdOf(gitFolder: string, revision: string): Promise<string | undefined> {
  if (revision.startsWith('-')) return undefined; // git would take it for an option
  const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
  try {
    return (await runGit(args, { cwd: gitFolder })).toString('latin1').trim();
  } catch (error) {
    if (error instanceof GitFailedError && error.exitCode === 1) return undefined;
    throw error;
  }
}

async function startingPoint(gitFolder: string, from: string | undefined): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const id = await commitIdOf(gitFolder, from);
  if (!id) throw new GitFailedError('rev-parse', 1, `"${from}" names no commit to start the branch from`);
  return id;
}

function modification(path: string, file: TreeFile): (string | Uint8Array)[] {
  if (typeof file === 'string' || file instanceof Uint8Array) return inline('100644', path, file);
  if ('executable' in file) return inline('100755', path, file.executable);
  if ('symlink' in file) return inline('120000', path, file.symlink);
  return [`M 160000 ${file.submodule} ${quoted(path)}\n`];
}

function inline(mode: string, path: string, content: string | Uint8Array): (string | Uint8Array)[] {
  return [`M ${mode} inline ${quoted(path)}\n`, ...data(content)];
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

/** C-style quotes: the one form in which fast-import takes every path there is. Older Gits let bad ones through. */
function quoted(path: string): string {
  if (path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))) {
    throw new GitFailedError('fast-import', null, `"${path}" is no path of a file in a repository`);
  }
  const escaped = path.replace(/["\\]/g, '\\$&').replace(/[\0-\x1f\x7f]/g, octal);
  return `"${escaped}"`;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
