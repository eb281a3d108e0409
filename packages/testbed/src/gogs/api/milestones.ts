import { empty, json, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { removeFrom, type Milestone, type Records } from './records.ts';

const fields = { title: 'string', description: 'string', due_on: 'string', state: 'string' } as const;

interface Values {
  readonly title?: string;
  readonly description?: string;
  readonly due_on?: string;
  readonly state?: string;
}

export function milestoneJson(records: Records, milestone: Milestone): Record<string, unknown> {
  const issues = records.issues.filter((issue) => issue.milestone === milestone);
  return {
    id: milestone.id,
    title: milestone.title,
    description: milestone.description,
    state: milestone.closed ? 'closed' : 'open',
    open_issues: issues.filter(({ closed }) => !closed).length,
    closed_issues: issues.filter(({ closed }) => closed).length,
    // Gogs does not note when.
    closed_at: milestone.closed ? '1970-01-01T00:00:00Z' : null,
    due_on: milestone.dueOn ?? null,
  };
}

export function listMilestones({ repository: { records } }: RepositoryCall): Answer {
  return json(records.milestones.map((each) => milestoneJson(records, each)));
}

export function getMilestone(call: RepositoryCall): Answer {
  const milestone = find(call);
  return milestone ? json(milestoneJson(call.repository.records, milestone)) : empty(404);
}

export function createMilestone(call: RepositoryCall): Answer {
  const read = readBody(call, fields, []);
  if ('refused' in read) return read.refused;
  const { title = '', description = '', due_on: dueOn } = read.values as Values;
  const { records } = call.repository;
  const milestone = { id: records.nextId(), title, description, dueOn, closed: false };
  records.milestones.push(milestone);
  return json(milestoneJson(records, milestone), 201);
}

export function editMilestone(call: RepositoryCall): Answer {
  const read = readBody(call, fields, []);
  if ('refused' in read) return read.refused;
  const milestone = find(call);
  if (!milestone) return empty(404);
  const { title, description, due_on: dueOn, state } = read.values as Values;
  milestone.title = title || milestone.title;
  milestone.description = description ?? milestone.description;
  milestone.dueOn = dueOn ?? milestone.dueOn;
  if (state !== undefined) milestone.closed = state === 'closed';
  return json(milestoneJson(call.repository.records, milestone));
}

export function deleteMilestone(call: RepositoryCall): Answer {
  const milestone = find(call);
  removeFrom(call.repository.records.milestones, milestone);
  for (const issue of call.repository.records.issues) {
    if (issue.milestone === milestone) issue.milestone = undefined;
  }
  return empty(204);
}

function find(call: RepositoryCall): Milestone | undefined {
  const wanted = param(call, 'id');
  return call.repository.records.milestones.find(({ id }) => String(id) === wanted);
}
