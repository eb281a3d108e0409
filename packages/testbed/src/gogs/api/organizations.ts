import { empty, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type Call } from './call.ts';
import type { OrganizationDetails, User } from './store.ts';

const fields = {
  username: 'string',
  full_name: 'string',
  description: 'string',
  website: 'string',
  location: 'string',
} as const;

export function listOwnOrganizations(call: Call): Answer {
  const mine = call.store.users().filter(({ organization }) => organization?.creator === call.user);
  return json(mine.map((each) => organizationJson(call, each)));
}

/** Members are not public until they say so, for which there is no API. */
export function listOrganizationsOf(call: Call): Answer {
  return call.store.user(param(call, 'user')) ? json([]) : empty(404);
}

export function createOrganization(call: Call): Answer {
  const read = readBody(call, fields, ['username']);
  if ('refused' in read) return read.refused;
  const name = String(read.values['username']);
  if (!call.user) return empty(401);
  if (/[^\w.-]/.test(name) || name.length > 35) {
    return refusal(422, `invalid org name: ${JSON.stringify(name)}`);
  }
  if (call.store.user(name)) return refusal(422, `user already exists: map[name:${name}]`);
  const made = call.store.createOrganization(name, call.user, detailsIn(read.values));
  return json(organizationJson(call, made), 201);
}

/** A user is an organisation here, too. */
export function getOrganization(call: Call): Answer {
  const found = call.store.user(param(call, 'organization'));
  return found ? json(organizationJson(call, found)) : empty(404);
}

/** All details at once: what is left out becomes empty. */
export function editOrganization(call: Call): Answer {
  const read = readBody(call, fields, []);
  if ('refused' in read) return read.refused;
  const found = call.store.user(param(call, 'organization'));
  if (!found) return empty(404);
  if (!found.organization || found.organization.creator !== call.user) return empty(403);
  found.organization.details = detailsIn(read.values);
  return json(organizationJson(call, found));
}

export function listTeams(call: Call): Answer {
  const found = call.store.user(param(call, 'organization'));
  if (!found) return empty(404);
  return json([{ id: found.id, name: 'Owners', description: '', permission: 'owner' }]);
}

function detailsIn(values: Readonly<Record<string, unknown>>): OrganizationDetails {
  const text = (key: string): string => {
    const value = values[key];
    return typeof value === 'string' ? value : '';
  };
  return {
    fullName: text('full_name'),
    description: text('description'),
    website: text('website'),
    location: text('location'),
  };
}

function organizationJson(call: Call, { id, name, organization }: User): Record<string, unknown> {
  const { fullName = '', description = '', website = '', location = '' } = organization?.details ?? {};
  return {
    id,
    username: name,
    full_name: fullName,
    avatar_url: `${call.baseUrl}/avatars/${id}`,
    description,
    website,
    location,
  };
}
