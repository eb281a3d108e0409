import { empty, failure, goTime, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { removeFrom, type Comment } from './records.ts';
import { atLeast } from './store.ts';
import { userJson } from './users.ts';

/** Of one issue; 500 where that is absent. */
export function listIssueComments(call: RepositoryCall): Answer {
  const issue = call.repository.records.issue(param(call, 'number'));
  return issue ? list(call, (comment) => comment.issue === issue) : failure();
}

export function listAllComments(call: RepositoryCall): Answer {
  return list(call, () => true);
}

export function createComment(call: RepositoryCall): Answer {
  const read = readBody(call, { body: 'string' }, ['body']);
  if ('refused' in read) return read.refused;
  const { records } = call.repository;
  const issue = records.issue(param(call, 'number'));
  if (!issue || !call.user) return failure();
  const comment = records.addComment(issue, call.user, String(read.values['body']));
  const zero = '0001-01-01T00:00:00Z'; // the answer is made before the times are read back
  return json({ ...commentJson(call, comment), created_at: zero, updated_at: zero }, 201);
}

export function editComment(call: RepositoryCall): Answer {
  const read = readBody(call, { body: 'string' }, ['body']);
  if ('refused' in read) return read.refused;
  const comment = mine(call);
  if (typeof comment === 'number') return empty(comment);
  if (comment.isNote) return empty(204);
  comment.body = String(read.values['body']);
  comment.updated = new Date();
  return json(commentJson(call, comment));
}

export function deleteComment(call: RepositoryCall): Answer {
  const comment = mine(call);
  if (typeof comment === 'number') return empty(comment);
  if (!comment.isNote) removeFrom(call.repository.records.comments, comment);
  return empty(204);
}

/** A comment the caller may change, or the status to refuse with. */
function mine(call: RepositoryCall): Comment | 403 | 404 {
  const wanted = param(call, 'id');
  const comment = call.repository.records.comments.find(({ id }) => String(id) === wanted);
  if (!comment) return 404;
  return comment.poster === call.user || atLeast(call.access, 'admin') ? comment : 403;
}

function list(call: RepositoryCall, isWanted: (comment: Comment) => boolean): Answer {
  const since = call.query.get('since') ?? '';
  if (since !== '' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(since)) {
    return refusal(
      422,
      `parsing time "${since}" as "2006-01-02T15:04:05Z07:00": cannot parse "${since}" as "2006"`,
    );
  }
  const start = since === '' ? 0 : Date.parse(since);
  const shown = call.repository.records.comments.filter(
    (comment) => isWanted(comment) && comment.updated.getTime() >= start,
  );
  return json(shown.map((comment) => commentJson(call, comment)));
}

function commentJson(call: RepositoryCall, comment: Comment): Record<string, unknown> {
  return {
    id: comment.id,
    html_url: `${call.htmlUrl}/issues/${comment.issue.number}#issuecomment-${comment.id}`,
    user: userJson(call, comment.poster),
    body: comment.body,
    created_at: goTime(comment.created),
    updated_at: goTime(comment.updated),
  };
}
