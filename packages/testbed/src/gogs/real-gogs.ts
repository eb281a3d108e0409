import { join } from 'node:path';
import { GogsServerError } from './errors.ts';
import { Repository } from './git/repository.ts';
import { runGit } from './git/run-git.ts';
import { GogsProcess, type RealGogsOptions } from './gogs-process.ts';
import type {
  Access,
  Change,
  GogsServer,
  NewRelease,
  NewRepository,
  NewTag,
  NewUser,
  RequestRecord,
} from './gogs-server.ts';
import { WebSession } from './web-session.ts';

interface Account {
  readonly name: string;
  readonly password: string;
  token?: Promise<string>;
}

const requestTimeoutMs = 30_000;

/**
 * A Gogs of its own: the `gogs` binary (v0.14 or newer), on loopback, with SQLite and repositories in a temporary
 * folder. Everything is gone after `close`.
 */
export class RealGogs implements GogsServer {
  readonly baseUrl: string;
  readonly #process: GogsProcess;
  readonly #requests: RequestRecord[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #workFolders = new Map<string, Promise<Repository>>();
  #closed: Promise<void> | undefined;

  private constructor(process: GogsProcess) {
    this.#process = process;
    this.baseUrl = process.baseUrl;
    process.onLine((line) => {
      this.#read(line);
    });
  }

  /**
   * @throws GogsServerError with code `GOGS_NOT_INSTALLED`, `GOGS_START` (it ended) or `GOGS_START_TIMEOUT`; nothing
   * is left behind then.
   */
  static async start(options: RealGogsOptions = {}): Promise<RealGogs> {
    return new RealGogs(await GogsProcess.start(options));
  }

  /** Of the running program, for those who measure it. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  /** Forgets what was asked so far. */
  clearRequests(): void {
    this.#requests.length = 0;
  }

  /** The password is an argument of a process: use one that is worth nothing. */
  async createUser({ name, password, email, admin }: NewUser): Promise<void> {
    const args = ['--name', name, '--password', password, '--email', email ?? `${name}@example.test`];
    await this.#process.admin('create-user', [...args, ...(admin ? ['--admin'] : [])]);
    this.#accounts.set(name.toLowerCase(), { name, password });
  }

  async createToken(user: string, password: string, name: string): Promise<string> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await this.#post(`/users/${encodeURIComponent(user)}/tokens`, authorization, { name });
    const { sha1 } = (await answer.json()) as { sha1: string };
    return sha1;
  }

  /** Makes an empty repository. */
  async createRepository({ owner, name, private: isPrivate, description }: NewRepository): Promise<void> {
    const body = { name, private: isPrivate ?? false, description: description ?? '' };
    await this.#post('/user/repos', `token ${await this.#tokenOf(owner)}`, body);
  }

  /** Gives a user access to a repository. */
  async addCollaborator(owner: string, repository: string, user: string, access: Access): Promise<void> {
    const path = `/repos/${owner}/${repository}/collaborators/${user}`;
    await this.#post(path, `token ${await this.#tokenOf(owner)}`, { permission: access }, 'PUT');
  }

  async commitFiles(owner: string, repository: string, change: Change): Promise<string> {
    return this.#inWorkFolder(owner, repository, async (work) => {
      const id = await work.commitFiles(change);
      const branch = `refs/heads/${change.branch ?? 'main'}`;
      await this.push(owner, repository, work.folder, [`${branch}:${branch}`]);
      return id;
    });
  }

  async createTag(owner: string, repository: string, tag: NewTag): Promise<string> {
    return this.#inWorkFolder(owner, repository, async (work) => {
      const id = await work.createTag(tag);
      await this.push(owner, repository, work.folder, [`refs/tags/${tag.name}`]);
      return id;
    });
  }

  /** Through the site's form: there is no API for it. */
  async createRelease(owner: string, repository: string, release: NewRelease): Promise<void> {
    const { name, password } = this.#account(owner);
    const session = await WebSession.signIn(this.baseUrl, name, password);
    await session.submit(`/${owner}/${repository}/releases/new`, {
      tag_name: release.tag,
      tag_target: release.target ?? 'main',
      title: release.title,
      content: release.body ?? '',
      ...(release.draft && { draft: 'Save Draft' }),
      ...(release.prerelease && { prerelease: 'on' }),
    });
  }

  async push(
    owner: string,
    repository: string,
    gitFolder: string,
    refspecs: readonly string[],
  ): Promise<void> {
    await this.#git(owner, repository, gitFolder, (url) => ['push', '--quiet', '--force', url, ...refspecs]);
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  /** `await using` ends the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workFolders.values()].map(async (work) => (await work).close()));
    await this.#process.close();
  }

  /** Requests are known from the log of Gogs' router. */
  #read(line: string): void {
    const [, method, path, status] = /^\[Macaron\] .*: Completed (\S+) (\S+) (\d+) /.exec(line) ?? [];
    if (method && path && path !== '/healthcheck') {
      this.#requests.push({ method, path, status: Number(status) });
    }
  }

  #tokenOf(owner: string): Promise<string> {
    const account = this.#account(owner);
    account.token ??= this.createToken(account.name, account.password, 'testbed administration');
    return account.token;
  }

  #account(name: string): Account {
    const account = this.#accounts.get(name.toLowerCase());
    if (!account) throw new GogsServerError('GOGS_NO_USER', `no user ${name} was created here`);
    return account;
  }

  async #post(path: string, authorization: string, body: unknown, method = 'POST'): Promise<Response> {
    const answer = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (answer.ok) return answer;
    const message = `gogs answered ${answer.status} to ${method} ${path}: ${(await answer.text()).slice(0, 200)}`;
    throw new GogsServerError('GOGS_REFUSED', message);
  }

  /** Works in a copy of the server's repository that is brought up to date first. */
  async #inWorkFolder<T>(
    owner: string,
    repository: string,
    work: (copy: Repository) => Promise<T>,
  ): Promise<T> {
    const key = `${owner}/${repository}`.toLowerCase();
    const copying =
      this.#workFolders.get(key) ?? Repository.create(join(this.#process.folder, 'work', `${key}.git`));
    this.#workFolders.set(key, copying);
    const copy = await copying;
    const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    await this.#git(owner, repository, copy.folder, (url) => [
      'fetch',
      '--quiet',
      '--prune',
      url,
      ...refspecs,
    ]);
    return work(copy);
  }

  /** Runs a git command that talks to the server. The credentials travel in the environment. */
  async #git(owner: string, repository: string, cwd: string, args: (url: string) => string[]): Promise<void> {
    const login = Buffer.from(`${owner}:${await this.#tokenOf(owner)}`).toString('base64');
    await runGit(args(`${this.baseUrl}/${owner}/${repository}.git`), {
      cwd,
      env: {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${login}`,
      },
    });
  }
}
