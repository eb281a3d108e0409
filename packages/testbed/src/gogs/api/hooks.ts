import { empty, goTime, json, refusal, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { param, type RepositoryCall } from './call.ts';
import { removeFrom, type Hook } from './records.ts';

const types = ['gogs', 'slack', 'discord', 'dingtalk'];
/** In the order that Gogs lists them, whatever order they were given in. */
const allEvents = ['create', 'delete', 'fork', 'push', 'issues', 'issue_comment', 'pull_request', 'release'];
const slackOptions = ['channel', 'color', 'icon_url', 'username'];

interface Values {
  readonly type?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly events?: readonly string[];
  readonly active?: boolean;
}

const fields = { type: 'string', config: 'object', events: 'array', active: 'boolean' } as const;

export function listHooks({ repository }: RepositoryCall): Answer {
  return json(repository.records.hooks.map(hookJson));
}

export function createHook(call: RepositoryCall): Answer {
  const read = readBody(call, fields, ['type', 'config']);
  if ('refused' in read) return read.refused;
  const { type = '', config = {}, events, active = false } = read.values as Values;
  if (!types.includes(type)) return refusal(422, 'Invalid hook type.');
  const needed = ['url', 'content_type', ...(type === 'slack' ? ['channel'] : [])];
  const missing = needed.find((option) => config[option] === undefined);
  if (missing !== undefined) return refusal(422, `Missing config option: ${missing}`);
  if (!isContentType(config['content_type'])) return refusal(422, 'Invalid content type.');
  const { records } = call.repository;
  const now = new Date();
  const id = records.nextId();
  const hook: Hook = { id, type, config, events: eventsOf(events), active, created: now, updated: now };
  records.hooks.push(hook);
  const zero = '0001-01-01T00:00:00Z'; // the answer is made before the times are read back
  return json({ ...hookJson(hook), updated_at: zero, created_at: zero }, 201);
}

/** A change that names no events leaves `push` alone. */
export function editHook(call: RepositoryCall): Answer {
  const read = readBody(call, fields, []);
  if ('refused' in read) return read.refused;
  const hook = find(call);
  if (!hook) return empty(404);
  const { config, events, active } = read.values as Values;
  if (config?.['content_type'] !== undefined && !isContentType(config['content_type'])) {
    return refusal(422, 'Invalid content type.');
  }
  hook.config = { ...hook.config, ...config };
  hook.events = eventsOf(events);
  hook.active = active ?? hook.active;
  hook.updated = new Date();
  return json(hookJson(hook));
}

export function deleteHook(call: RepositoryCall): Answer {
  removeFrom(call.repository.records.hooks, find(call));
  return empty(204);
}

function find(call: RepositoryCall): Hook | undefined {
  const wanted = param(call, 'id');
  return call.repository.records.hooks.find(({ id }) => String(id) === wanted);
}

function isContentType(value: string | undefined): boolean {
  return value === 'json' || value === 'form';
}

function eventsOf(events: readonly string[] = []): readonly string[] {
  return events.length === 0 ? ['push'] : allEvents.filter((event) => events.includes(event));
}

function hookJson(hook: Hook): Record<string, unknown> {
  const { config, type } = hook;
  const shown = ['content_type', 'url', ...(type === 'slack' ? slackOptions : [])].sort();
  return {
    id: hook.id,
    type,
    config: Object.fromEntries(shown.map((option) => [option, config[option] ?? ''])),
    events: hook.events,
    active: hook.active,
    updated_at: goTime(hook.updated),
    created_at: goTime(hook.created),
  };
}
