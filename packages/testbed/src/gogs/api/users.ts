import { createHash } from 'node:crypto';
import { empty, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type Call } from './call.ts';
import { numberIn } from './query.ts';
import type { User } from './store.ts';

/** A user as the API shows it; the e-mail address only to callers who are signed in. */
export function userJson(
  call: Call,
  user: User,
  email = user.organization ? '' : user.email,
): Record<string, unknown> {
  return {
    id: user.id,
    username: user.name,
    login: user.name,
    full_name: user.organization?.details.fullName ?? '',
    email,
    avatar_url: `${call.baseUrl}/avatars/${user.id}`,
  };
}

export function getUser(call: Call): Answer {
  const user = call.store.user(param(call, 'user'));
  return user ? json(userJson(call, user, call.user ? user.email : '')) : empty(404);
}

/** `GET users/search`: no organisations; `login` is empty here. Nothing is found without a word to look for. */
export function searchUsers(call: Call): Answer {
  const keyword = (call.query.get('q') ?? '').toLowerCase();
  const limit = numberIn(call.query, 'limit');
  const found = call.store
    .users()
    .filter(
      ({ name, organization }) => keyword !== '' && !organization && name.toLowerCase().includes(keyword),
    )
    .slice(0, limit <= 0 ? 10 : limit)
    .map((user) => ({ ...userJson(call, user, call.user ? user.email : ''), login: '' }));
  return json({ data: found, ok: true });
}

export function getOwnUser(call: Call): Answer {
  return call.user ? json(userJson(call, call.user)) : empty(401);
}

/** The list shows the start of a hash in place of each token: none of them opens anything. */
export function listTokens(call: Call): Answer {
  if (!call.user) return empty(401);
  return json(
    call.store.tokensOf(call.user).map(({ name, value }) => ({
      name,
      sha1: createHash('sha256').update(value).digest('hex').slice(0, 40),
    })),
  );
}

/** The token is for whoever gave the password; the name in the path does not matter. */
export function createToken(call: Call): Answer {
  if (!call.user) return empty(401);
  const read = readBody(call, { name: 'string' }, ['name']);
  if ('refused' in read) return read.refused;
  const name = String(read.values['name']);
  const sha1 = call.store.createToken(call.user, name);
  if (sha1 !== undefined) return json({ name, sha1 }, 201);
  return refusal(422, `access token already exists: map[name:${name} userID:${call.user.id}]`);
}
