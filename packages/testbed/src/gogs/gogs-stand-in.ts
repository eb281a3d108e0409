import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { listen as listenOnLoopback } from '../broker/free-port.ts';
import { guard, type Guarded } from '../guard.ts';
import { answerRequest } from './api/api.ts';
import { empty } from './api/answer.ts';
import { Store, type StoredRepository } from './api/store.ts';
import { GogsServerError } from './errors.ts';
import { Faults, type Fault } from './faults.ts';
import { runGit } from './git/run-git.ts';
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
import { send } from './send.ts';

/** How the stand-in is started. */
export interface GogsStandInOptions {
  /** Default: a free one. */
  readonly port?: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Answers on loopback as Gogs v0.14.3 would, from real Git repositories in a temporary folder; needs nothing but git.
 * The contract tests hold it to a real Gogs.
 *
 * @example
 * await using gogs = await GogsStandIn.start();
 * await gogs.createUser({ name: 'ann', password: 'secret' });
 * await gogs.createRepository({ owner: 'ann', name: 'lamp', private: true });
 * await gogs.commitFiles('ann', 'lamp', { files: { 'src/main.py': 'print(1)' } });
 * gogs.faults.next('/contents', { kind: 'cutAfter', bytes: 100 });
 */
export class GogsStandIn implements GogsServer {
  readonly baseUrl: string;
  readonly faults = new Faults();
  readonly #folder: string;
  readonly #guarded: Guarded;
  readonly #store: Store;
  readonly #port: number;
  readonly #requests: Writable<RequestRecord>[] = [];
  readonly #closing = new AbortController();
  readonly #failures: unknown[] = [];
  #server: Server | undefined;
  #closed: Promise<void> | undefined;

  private constructor(folder: string, server: Server) {
    this.#folder = folder;
    this.#guarded = guard(folder);
    this.#store = new Store(join(folder, 'repositories'));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.baseUrl = `http://127.0.0.1:${this.#port}`;
    this.#serve(server);
  }

  /** @throws GogsServerError with code `GOGS_PORT` where the port is taken. */
  static async start(options: GogsStandInOptions = {}): Promise<GogsStandIn> {
    const server = await listen(options.port);
    try {
      return new GogsStandIn(await mkdtemp(join(tmpdir(), 'ota-gogs-')), server);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  /** Forgets what was asked so far. */
  clearRequests(): void {
    this.#requests.length = 0;
  }

  /** From now on connections are refused, and open ones are cut, as when the server's machine is off. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await stop(server);
  }

  /** Listens again on the same port, with the same repositories. */
  async up(): Promise<void> {
    if (this.#server || this.#closed) return;
    const server = await listen(this.#port);
    this.#server = server;
    this.#serve(server);
  }

  /** Makes a user who can log in. */
  createUser(user: NewUser): Promise<void> {
    return settle(() => {
      this.#store.createUser(user);
    });
  }

  createToken(user: string, password: string, name: string): Promise<string> {
    return settle(() => {
      const account = this.#store.login(user, password);
      if (!account) throw new GogsServerError('GOGS_LOGIN', `wrong user or password for ${user}`);
      const token = this.#store.createToken(account, name);
      if (token === undefined)
        throw new GogsServerError('GOGS_TOKEN_EXISTS', `${user} has a token "${name}"`);
      return token;
    });
  }

  /** Makes an empty repository. */
  async createRepository(repository: NewRepository): Promise<void> {
    await this.#store.createRepository(repository);
  }

  /** Gives a user access to a repository. */
  addCollaborator(owner: string, repository: string, user: string, access: Access): Promise<void> {
    return settle(() => {
      const account = this.#store.user(user);
      if (!account) throw new GogsServerError('GOGS_NO_USER', `no user ${user} to work on ${repository}`);
      this.#find(owner, repository).collaborators.set(account, access);
    });
  }

  async commitFiles(owner: string, repository: string, change: Change): Promise<string> {
    const found = this.#find(owner, repository);
    const id = await found.git.commitFiles(change);
    found.updated = new Date();
    return id;
  }

  async createTag(owner: string, repository: string, tag: NewTag): Promise<string> {
    return this.#find(owner, repository).git.createTag(tag);
  }

  /** Makes a release, and its tag where there is none. */
  async createRelease(owner: string, repository: string, release: NewRelease): Promise<void> {
    const found = this.#find(owner, repository);
    const { tag, title, target = 'main', body = '', draft = false, prerelease = false } = release;
    if (!draft && !(await found.git.ref(`refs/tags/${tag}`)))
      await found.git.createTag({ name: tag, target });
    found.records.addRelease({ tag, title, target, body, draft, prerelease, publisher: found.owner });
  }

  async push(
    owner: string,
    repository: string,
    gitFolder: string,
    refspecs: readonly string[],
  ): Promise<void> {
    const found = this.#find(owner, repository);
    const args = ['push', '--quiet', '--force', found.git.folder, ...refspecs];
    await found.git.exclusively(() => runGit(args, { cwd: gitFolder }));
    found.updated = new Date();
  }

  /** @throws GogsServerError with code `GOGS_STAND_IN_BROKEN` when a request hit a mistake in the stand-in itself. */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  /** `await using` closes the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.down();
    await this.#store.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    this.#guarded.release();
    if (this.#failures.length > 0) {
      throw new GogsServerError(
        'GOGS_STAND_IN_BROKEN',
        'the stand-in failed on a request; the cause tells why',
        {
          cause: this.#failures[0],
        },
      );
    }
  }

  #find(owner: string, name: string): StoredRepository {
    const repository = this.#store.repository(owner, name);
    if (!repository) throw new GogsServerError('GOGS_NO_REPOSITORY', `no repository ${owner}/${name}`);
    return repository;
  }

  #serve(server: Server): void {
    server.on('request', (request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (!response.destroyed) this.#failures.push(error);
        response.destroy();
      });
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const fault = this.faults.take({ method, path });
    const record: Writable<RequestRecord> = { method, path, ...(fault && { fault: fault.kind }) };
    this.#requests.push(record);
    const body = await buffer(request);
    const answer = neverRead(fault)
      ? empty(200)
      : await answerRequest(this.#store, this.baseUrl, { method, path, headers: request.headers, body });
    record.bodyBytes = 0;
    const onBody = (bytes: number): void => {
      record.bodyBytes = (record.bodyBytes ?? 0) + bytes;
    };
    const onComplete = (): void => {
      record.status = response.statusCode;
    };
    const { signal } = this.#closing;
    await send({ request, response, signal, onBody, onComplete }, answer, fault);
  }
}

/** Faults whose answer does not depend on the request: it need not be made, nor may it change anything. */
function neverRead(fault: Fault | undefined): fault is Fault {
  return fault !== undefined && ['refuse', 'hang', 'status', 'redirect', 'html'].includes(fault.kind);
}

async function listen(port?: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 });
  try {
    await listenOnLoopback(server, port);
    return server;
  } catch (cause) {
    const message = `cannot listen on ${port === undefined ? 'any port' : `port ${port}`} of 127.0.0.1: choose another or none`;
    throw new GogsServerError('GOGS_PORT', message, { cause });
  }
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Turns what throws at once into what rejects. */
async function settle<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}
