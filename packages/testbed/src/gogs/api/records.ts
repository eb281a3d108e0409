import type { User } from './store.ts';

export interface Label {
  readonly id: number;
  name: string;
  color: string;
}

export interface Milestone {
  readonly id: number;
  title: string;
  description: string;
  dueOn: string | undefined;
  closed: boolean;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly poster: User;
  readonly created: Date;
  title: string;
  body: string;
  labels: Label[];
  milestone: Milestone | undefined;
  assignee: User | undefined;
  closed: boolean;
  updated: Date;
}

export interface Comment {
  readonly id: number;
  readonly issue: Issue;
  readonly poster: User;
  /** Notes of what happened to the issue are listed, too, and cannot be changed. */
  readonly isNote: boolean;
  readonly created: Date;
  body: string;
  updated: Date;
}

export interface Hook {
  readonly id: number;
  readonly type: string;
  readonly created: Date;
  config: Readonly<Record<string, string>>;
  events: readonly string[];
  active: boolean;
  updated: Date;
}

export interface DeployKey {
  readonly id: number;
  readonly title: string;
  readonly key: string;
  readonly created: Date;
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly title: string;
  readonly target: string;
  readonly body: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly publisher: User;
  readonly created: Date;
}

/** What a repository's database rows hold, beside Git. Ids count over all repositories of the site. */
export class Records {
  readonly labels: Label[] = [];
  readonly milestones: Milestone[] = [];
  readonly issues: Issue[] = [];
  readonly comments: Comment[] = [];
  readonly hooks: Hook[] = [];
  readonly deployKeys: DeployKey[] = [];
  readonly releases: Release[] = [];
  readonly nextId: () => number;

  constructor(nextId: () => number) {
    this.nextId = nextId;
  }

  issue(number: string): Issue | undefined {
    return this.issues.find((issue) => String(issue.number) === number);
  }

  label(idOrName: string): Label | undefined {
    return (
      this.labels.find(({ id }) => String(id) === idOrName) ??
      this.labels.find(({ name }) => name === idOrName)
    );
  }

  addNote(issue: Issue, poster: User): void {
    this.addComment(issue, poster, '', true);
  }

  addComment(issue: Issue, poster: User, body: string, isNote = false): Comment {
    const now = new Date();
    const comment = { id: this.nextId(), issue, poster, isNote, created: now, updated: now, body };
    this.comments.push(comment);
    return comment;
  }

  addRelease(release: Omit<Release, 'id' | 'created'>): void {
    this.releases.push({ ...release, id: this.nextId(), created: new Date() });
  }
}

/** Takes an item out of a list, if it is there. */
export function removeFrom<T>(items: T[], item: T | undefined): void {
  const index = item === undefined ? -1 : items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}
