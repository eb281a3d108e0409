import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GogsServerError } from '../errors.ts';
import { Records } from './records.ts';
import { Repository } from '../git/repository.ts';
import type { Access, NewRepository, NewUser } from '../gogs-server.ts';

export interface User {
  readonly id: number;
  readonly name: string;
  readonly password: string;
  readonly email: string;
  readonly admin: boolean;
  /** An organisation is a user without a password, as in Gogs' database. */
  readonly organization?: Organization;
}

export interface Organization {
  readonly creator: User;
  details: OrganizationDetails;
}

export interface OrganizationDetails {
  readonly fullName: string;
  readonly description: string;
  readonly website: string;
  readonly location: string;
}

export interface StoredRepository {
  readonly id: number;
  readonly owner: User;
  readonly name: string;
  readonly description: string;
  readonly private: boolean;
  readonly created: Date;
  updated: Date;
  readonly git: Repository;
  readonly collaborators: Map<User, Access>;
  /** Where a mirror is fetched from. */
  readonly mirrorOf: string | undefined;
  readonly records: Records;
}

interface Token {
  readonly name: string;
  readonly user: User;
  readonly value: string;
}

const ranks: Record<Access | 'none' | 'owner', number> = { none: 0, read: 1, write: 2, admin: 3, owner: 4 };

/** Who and what a stand-in knows: the part of Gogs that is a database. */
export class Store {
  readonly #folder: string;
  readonly #users = new Map<string, User>();
  readonly #repositories = new Map<string, StoredRepository>();
  readonly #tokens: Token[] = [];
  #lastId = 0;
  #lastRecordId = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  createUser({ name, password, email, admin }: NewUser): User {
    const key = name.toLowerCase();
    if (this.#users.has(key)) throw new GogsServerError('GOGS_USER_EXISTS', `user ${name} exists already`);
    const id = this.#users.size + 1;
    const user = { id, name, password, email: email ?? `${name}@example.test`, admin: admin ?? false };
    this.#users.set(key, user);
    return user;
  }

  createOrganization(name: string, creator: User, details: OrganizationDetails): User {
    const id = this.#users.size + 1;
    const email = `${name.toLowerCase()}@organization.invalid`;
    const organization = { id, name, password: '', email, admin: false, organization: { creator, details } };
    this.#users.set(name.toLowerCase(), organization);
    return organization;
  }

  users(): readonly User[] {
    return [...this.#users.values()];
  }

  user(name: string): User | undefined {
    return this.#users.get(name.toLowerCase());
  }

  userByEmail(email: string): User | undefined {
    return [...this.#users.values()].find((user) => user.email.toLowerCase() === email.toLowerCase());
  }

  login(name: string, password: string): User | undefined {
    const user = this.user(name) ?? this.userByEmail(name);
    return user?.password === password && !user.organization ? user : undefined;
  }

  /** @returns the token, or `undefined` where the user has one of that name already. */
  createToken(user: User, name: string): string | undefined {
    if (this.tokensOf(user).some((token) => token.name === name)) return undefined;
    const value = randomBytes(20).toString('hex');
    this.#tokens.push({ name, user, value });
    return value;
  }

  tokensOf(user: User): readonly Token[] {
    return this.#tokens.filter((token) => token.user === user);
  }

  userOfToken(value: string): User | undefined {
    return this.#tokens.find((token) => token.value === value)?.user;
  }

  async createRepository(fresh: NewRepository, mirrorOf?: string): Promise<StoredRepository> {
    const owner = this.user(fresh.owner);
    if (!owner) throw new GogsServerError('GOGS_NO_USER', `no user ${fresh.owner} to own ${fresh.name}`);
    const key = keyOf(fresh.owner, fresh.name);
    if (this.#repositories.has(key)) {
      throw new GogsServerError('GOGS_REPOSITORY_EXISTS', `repository ${key} exists already`);
    }
    const now = new Date();
    const repository: StoredRepository = {
      id: ++this.#lastId,
      owner,
      name: fresh.name,
      description: fresh.description ?? '',
      private: fresh.private ?? false,
      created: now,
      updated: now,
      git: await Repository.create(join(this.#folder, `${key}.git`)),
      collaborators: new Map(),
      mirrorOf,
      records: new Records(() => ++this.#lastRecordId),
    };
    this.#repositories.set(key, repository);
    return repository;
  }

  repository(owner: string, name: string): StoredRepository | undefined {
    return this.#repositories.get(keyOf(owner, name));
  }

  repositories(): readonly StoredRepository[] {
    return [...this.#repositories.values()];
  }

  async deleteRepository(repository: StoredRepository): Promise<void> {
    this.#repositories.delete(keyOf(repository.owner.name, repository.name));
    await repository.git.close();
    await rm(repository.git.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await Promise.all(this.repositories().map(({ git }) => git.close()));
  }
}

/** @param byToken only a token opens every repository to a site admin; a password does not. */
export function accessOf(
  user: User | undefined,
  repository: StoredRepository,
  byToken: boolean,
): Access | 'none' | 'owner' {
  const owners = [repository.owner, repository.owner.organization?.creator];
  if (user && (owners.includes(user) || (byToken && user.admin))) return 'owner';
  const granted = user && repository.collaborators.get(user);
  return granted ?? (repository.private ? 'none' : 'read');
}

export function atLeast(access: Access | 'none' | 'owner', needed: Access | 'owner'): boolean {
  return ranks[access] >= ranks[needed];
}

/** Gogs keeps owners and repositories under their lower-case names. */
function keyOf(owner: string, name: string): string {
  return `${owner.toLowerCase()}/${name.toLowerCase()}`;
}
