import { empty, json, refusal, unusableBody, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { removeFrom, type Issue, type Label } from './records.ts';

export function labelJson({ id, name, color }: Label): Record<string, unknown> {
  return { id, name, color: color.replace(/^#+/, ''), url: '' };
}

export function listLabels({ repository }: RepositoryCall): Answer {
  return json(repository.records.labels.map(labelJson));
}

export function getLabel(call: RepositoryCall): Answer {
  const label = call.repository.records.label(param(call, 'id'));
  return label ? json(labelJson(label)) : empty(404);
}

/** The answer's id is 0: it is made before the database has given one. */
export function createLabel(call: RepositoryCall): Answer {
  const read = readBody(call, { name: 'string', color: 'string' }, ['name', 'color']);
  if ('refused' in read) return read.refused;
  const { name, color } = read.values as { name: string; color: string };
  if (color.length !== 7) {
    return unusableBody(422, [{ fieldNames: ['Color'], classification: 'SizeError', message: 'Size' }]);
  }
  const { records } = call.repository;
  records.labels.push({ id: records.nextId(), name, color });
  return json(labelJson({ id: 0, name, color }), 201);
}

export function editLabel(call: RepositoryCall): Answer {
  const read = readBody(call, { name: 'string', color: 'string' }, []);
  if ('refused' in read) return read.refused;
  const label = call.repository.records.label(param(call, 'id'));
  if (!label) return empty(404);
  const { name, color } = read.values as { name?: string; color?: string };
  label.name = name ?? label.name;
  label.color = color ?? label.color;
  return json(labelJson(label));
}

export function deleteLabel(call: RepositoryCall): Answer {
  const { labels, issues } = call.repository.records;
  const label = call.repository.records.label(param(call, 'id'));
  removeFrom(labels, label);
  for (const issue of issues) removeFrom(issue.labels, label);
  return empty(204);
}

const ofIssue =
  (handle: (call: RepositoryCall, issue: Issue) => Answer) =>
  (call: RepositoryCall): Answer => {
    const issue = call.repository.records.issue(param(call, 'number'));
    return issue ? handle(call, issue) : empty(404);
  };

/** In the order of the repository's labels, whatever the order they were given in. */
function labelsOf(call: RepositoryCall, issue: Issue): Answer {
  return json(call.repository.records.labels.filter((label) => issue.labels.includes(label)).map(labelJson));
}

export const listIssueLabels = ofIssue(labelsOf);

/** Ids that the repository does not have are passed over. */
const takeLabels = (isReplacement: boolean) =>
  ofIssue((call, issue) => {
    const read = readBody(call, { labels: 'array' }, []);
    if ('refused' in read) return read.refused;
    const ids = (read.values['labels'] as number[] | undefined) ?? [];
    const wanted = call.repository.records.labels.filter(({ id }) => ids.includes(id));
    issue.labels = [...new Set([...(isReplacement ? [] : issue.labels), ...wanted])];
    return labelsOf(call, issue);
  });
export const addIssueLabels = takeLabels(false);
export const replaceIssueLabels = takeLabels(true);

export const deleteIssueLabel = ofIssue((call, issue) => {
  const id = param(call, 'id');
  const label = call.repository.records.label(id);
  if (!label) {
    return refusal(422, `label does not exist: map[labelID:${id} repoID:${call.repository.id}]`);
  }
  removeFrom(issue.labels, label);
  return empty(204);
});

export const clearIssueLabels = ofIssue((_, issue) => {
  issue.labels = [];
  return empty(204);
});
