import { empty, goTime, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { labelJson } from './labels.ts';
import { milestoneJson } from './milestones.ts';
import { numberIn, pageLinks } from './query.ts';
import { atLeast, type User } from './store.ts';
import { userJson } from './users.ts';
import type { Issue } from './records.ts';

const pageSize = 10;

const fields = {
  title: 'string',
  body: 'string',
  assignee: 'string',
  milestone: 'number',
  labels: 'array',
  closed: 'boolean',
  state: 'string',
} as const;

interface Values {
  readonly title?: string;
  readonly body?: string;
  readonly assignee?: string;
  readonly milestone?: number;
  readonly labels?: readonly number[];
  readonly closed?: boolean;
  readonly state?: string;
}

export function listIssues(call: RepositoryCall): Answer {
  const isClosed = call.query.get('state') === 'closed';
  const second = ({ created }: Issue): number => Math.floor(created.getTime() / 1000);
  const found = call.repository.records.issues
    .filter(({ closed }) => closed === isClosed)
    .sort((one, other) => second(other) - second(one));
  const page = Math.max(1, numberIn(call.query, 'page'));
  const shown = found.slice((page - 1) * pageSize, page * pageSize);
  const answer = json(shown.map((issue) => issueJson(call, issue)));
  const links = pageLinks(`${call.baseUrl}${call.link}`, page, Math.ceil(found.length / pageSize));
  return links ? { ...answer, headers: { ...answer.headers, Link: links } } : answer;
}

export function getIssue(call: RepositoryCall): Answer {
  const issue = call.repository.records.issue(param(call, 'number'));
  return issue ? json(issueJson(call, issue)) : empty(404);
}

/** Readers may file an issue; who it is for, labels and milestone are for writers. */
export function createIssue(call: RepositoryCall): Answer {
  const read = readBody(call, fields, ['title']);
  if ('refused' in read) return read.refused;
  const { user } = call;
  if (!user) return empty(401);
  const { title = '', body = '', closed, ...rest } = read.values as Values;
  const isWriter = atLeast(call.access, 'write');
  const assignee = isWriter ? assigneeOf(call, rest.assignee) : undefined;
  if (assignee === 'nobody') return noAssignee(rest.assignee);
  const { records } = call.repository;
  const now = new Date();
  const issue: Issue = {
    id: records.nextId(),
    number: records.issues.length + 1,
    poster: user,
    created: now,
    updated: now,
    title,
    body,
    labels: isWriter ? records.labels.filter(({ id }) => rest.labels?.includes(id)) : [],
    milestone: isWriter ? records.milestones.find(({ id }) => id === rest.milestone) : undefined,
    assignee,
    closed: false,
  };
  records.issues.push(issue);
  if (closed) changeState(call, issue, user, true);
  return json(issueJson(call, issue), 201);
}

export function editIssue(call: RepositoryCall): Answer {
  const read = readBody(call, fields, []);
  if ('refused' in read) return read.refused;
  const { records } = call.repository;
  const issue = records.issue(param(call, 'number'));
  if (!issue || !call.user) return empty(404);
  const isWriter = atLeast(call.access, 'write');
  if (issue.poster !== call.user && !isWriter) return empty(403);
  const { title, body, assignee: name, milestone, state } = read.values as Values;
  if (isWriter && name !== undefined) {
    const assignee = assigneeOf(call, name);
    if (assignee === 'nobody') return noAssignee(name);
    issue.assignee = assignee;
  }
  issue.title = title || issue.title;
  issue.body = body ?? issue.body;
  if (isWriter && milestone !== undefined) {
    issue.milestone = records.milestones.find(({ id }) => id === milestone);
  }
  if (state !== undefined) changeState(call, issue, call.user, state === 'closed');
  issue.updated = new Date();
  return json(issueJson(call, issue), 201);
}

function changeState(call: RepositoryCall, issue: Issue, user: User, closed: boolean): void {
  if (issue.closed === closed) return;
  issue.closed = closed;
  call.repository.records.addNote(issue, user);
}

function assigneeOf(call: RepositoryCall, name: string | undefined): User | undefined | 'nobody' {
  return name ? (call.store.user(name) ?? 'nobody') : undefined;
}

function noAssignee(name = ''): Answer {
  return refusal(422, `assignee does not exist: [name: ${name}]`);
}

function issueJson(call: RepositoryCall, issue: Issue): Record<string, unknown> {
  const { records } = call.repository;
  return {
    id: issue.id,
    number: issue.number,
    user: userJson(call, issue.poster),
    title: issue.title,
    body: issue.body,
    labels: records.labels.filter((label) => issue.labels.includes(label)).map(labelJson),
    milestone: issue.milestone ? milestoneJson(records, issue.milestone) : null,
    assignee: issue.assignee ? userJson(call, issue.assignee) : null,
    state: issue.closed ? 'closed' : 'open',
    comments: records.comments.filter((each) => each.issue === issue && !each.isNote).length,
    created_at: goTime(issue.created),
    updated_at: goTime(issue.updated),
    pull_request: null,
  };
}
