import { readFile } from 'node:fs/promises';
import type { Agent } from 'undici';
import { exitCode } from '../exit-code.ts';
import { usageError } from '../framework/cli-error.ts';
import { parseRemote } from './remote.ts';
import { failed, failedBy, ok, skipped, warning, type Check } from './check.ts';

export interface BrokerFacts {
  readonly broker: string;
  readonly brokerUser?: string | undefined;
  readonly brokerPassword?: string | undefined;
  /** File with the authority's certificate (PEM). */
  readonly brokerCa?: string | undefined;
}

export interface GogsFacts {
  readonly gogs: string;
  readonly branch: string;
  readonly gogsToken?: string | undefined;
  /** File with the authority's certificate (PEM). */
  readonly gogsCaPem?: string | undefined;
}

/** How long a service may be silent. */
const timeoutMs = 10_000;

/** Whether the broker lets us in and answers. @throws the signal's reason. */
export async function checkBroker(facts: BrokerFacts, signal: AbortSignal): Promise<Check> {
  const { broker, brokerUser, brokerPassword, brokerCa } = facts;
  const { Fleet } = await import('@ota/fleet');
  try {
    const ca = brokerCa === undefined ? undefined : await readCa(brokerCa, '--broker-ca');
    const fleet = await Fleet.connect({
      ...{ url: broker, timeoutMs, signal },
      ...(brokerUser !== undefined && { username: brokerUser }),
      ...(brokerPassword !== undefined && { password: brokerPassword }),
      ...(ca !== undefined && { ca }),
    });
    const nodes = fleet.nodes().length;
    await fleet.close();
    return ok('broker', `${broker} answers and knows ${nodes} node${nodes === 1 ? '' : 's'}`);
  } catch (error) {
    signal.throwIfAborted();
    return failedBy('broker', error);
  }
}

async function readCa(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usageError(`cannot read ${path}: name a certificate that is there (${flag})`, { cause });
  }
}

/** Whether Gogs answers, takes the token, has the repository, and the branch in it. @throws the signal's reason. */
export async function checkGogs(facts: GogsFacts, signal: AbortSignal): Promise<Check[]> {
  const { gogs, branch, gogsToken, gogsCaPem } = facts;
  const { createGogsClient } = await import('@ota/gogs-client');
  const checks: Check[] = [];
  let dispatcher: Agent | undefined;
  try {
    if (gogsCaPem !== undefined) {
      const { Agent: Agents } = await import('undici');
      dispatcher = new Agents({ connect: { ca: await readCa(gogsCaPem, '--gogs-ca-pem') } });
    }
    const { baseUrl, owner, name } = parseRemote(gogs);
    const client = createGogsClient({
      ...{ baseUrl, timeoutMs, retry: false, signal },
      ...(gogsToken !== undefined && { token: gogsToken }),
      ...(dispatcher && { dispatcher }),
    });
    if (gogsToken === undefined) {
      return [
        failed('Gogs token', 'no token is known: make one in Gogs, give it by "ota init"', exitCode.network),
      ];
    }
    const { username } = await client.users.me({ signal });
    checks.push(ok('Gogs', `${baseUrl} answers`), ok('Gogs token', `belongs to ${username}`));
    await client.repositories.get(owner, name, { signal });
    checks.push(ok('repository', `${owner}/${name} is there`));
    checks.push(await checkBranch(() => client.commits.resolve(owner, name, branch, { signal }), branch));
    return checks;
  } catch (error) {
    signal.throwIfAborted();
    const place = nameOfFailure(error, checks);
    if (!isUntrusted(error)) return [...checks, failedBy(place, error)];
    const why = error instanceof Error ? error.message : '';
    return [...checks, failed(place, `${why}: ${untrusted}`, exitCode.network)];
  } finally {
    await dispatcher?.close();
  }
}

const untrusted = "name the certificate of Gogs' authority with --gogs-ca-pem";

/** Whether nobody that is known here signed the server's certificate, somewhere below what a library made of it. */
function isUntrusted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code) || isUntrusted(error.cause);
}

async function checkBranch(resolve: () => Promise<string>, branch: string): Promise<Check> {
  try {
    return ok('branch', `${branch} is at ${(await resolve()).slice(0, 10)}`);
  } catch (error) {
    if (!hasCode(error, 'GOGS_NOT_FOUND')) throw error;
    return warning(
      'branch',
      `there is no branch ${branch} yet: push the application to it (--branch names another)`,
    );
  }
}

/** Which part an error is about: until the token is known to be good, Gogs itself or the token. */
function nameOfFailure(error: unknown, checks: readonly Check[]): string {
  if (hasCode(error, 'GOGS_UNAUTHORIZED')) return 'Gogs token';
  return checks.length === 0 ? 'Gogs' : 'repository';
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** More than this apart, certificates and tokens begin to fail. */
const mostSkewSeconds = 60;

/** This computer's clock, next to the Git server's. */
export async function checkClock(gogs: string, signal: AbortSignal): Promise<Check> {
  try {
    const told = Date.parse((await askTime(parseRemote(gogs).baseUrl, signal)) ?? '');
    if (Number.isNaN(told)) return skipped('clock', 'the Git server does not tell its time');
    const seconds = Math.round(Math.abs(Date.now() - told) / 1000);
    if (seconds <= mostSkewSeconds)
      return ok('clock', `as the Git server's, within ${Math.max(seconds, 1)} s`);
    const detail = `${seconds} s apart from the Git server's: let both keep time by NTP`;
    return failed('clock', detail, exitCode.failed);
  } catch {
    signal.throwIfAborted();
    return skipped('clock', 'the Git server does not answer');
  }
}

/** The `Date` of an answer, whatever else is in it. */
async function askTime(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  // With a wrong clock no certificate is valid, and that is what is looked for here. Nothing secret goes along.
  const options = { method: 'HEAD', signal: limit, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      response.resume();
      resolve(response.headers.date);
    });
    asked.on('error', reject).end();
  });
}
