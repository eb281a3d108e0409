import { describe, expect, it } from 'vitest';
import { failureBody, type Site } from './fixture.ts';
import type { Question, Reply } from './ask.ts';

interface Made {
  readonly id: number;
  readonly number: number;
}

/** Issues and what hangs on them. */
export function projectContract(site: () => Site): void {
  /** Asks in a fresh repository of ann's. */
  const repository = async () => {
    const name = await site().fresh();
    const go = (method: string, path: string, body?: unknown, question: Question = {}): Promise<Reply> =>
      site().repo(`ann/${name}/${path}`, { method, ...(body !== undefined && { body }), ...question });
    const made = async (path: string, body: unknown): Promise<Made> => {
      const reply = await go('POST', path, body);
      expect(reply.status).toBe(201);
      return reply.json() as Made;
    };
    return { name, go, made };
  };
  const required = (...names: string[]) =>
    names.map((name) => ({ fieldNames: [name], classification: 'RequiredError', message: 'Required' }));

  describe('labels', () => {
    it('are created without telling their id, and may share a name', async () => {
      const { go } = await repository();
      for (let round = 0; round < 2; round++) {
        const reply = await go('POST', 'labels', { name: 'bug', color: '#ff0000' });
        expect([reply.status, reply.json()]).toEqual([201, { id: 0, name: 'bug', color: 'ff0000', url: '' }]);
      }
      const listed = (await go('GET', 'labels')).json() as Made[];
      expect(listed).toMatchObject([{ name: 'bug' }, { name: 'bug' }]);
      expect((await go('GET', 'labels/bug')).json()).toEqual(listed[0]);
      expect((await go('GET', `labels/${listed[1]?.id}`)).json()).toEqual(listed[1]);
    });

    it('are changed and deleted', async () => {
      const { go } = await repository();
      await go('POST', 'labels', { name: 'bug', color: '#ff0000' });
      const [{ id } = { id: 0 }] = (await go('GET', 'labels')).json() as Made[];
      const changed = await go('PATCH', `labels/${id}`, { name: 'flaw' });
      expect([changed.status, changed.json()]).toMatchObject([200, { id, name: 'flaw', color: 'ff0000' }]);
      for (let round = 0; round < 2; round++) expect((await go('DELETE', `labels/${id}`)).status).toBe(204);
      expect((await go('GET', 'labels')).text).toBe('[]');
    });

    it('are refused without a name and a color of seven characters', async () => {
      const { go } = await repository();
      expect((await go('POST', 'labels', {})).json()).toEqual(required('Name', 'Color'));
      const reply = await go('POST', 'labels', { name: 'x', color: 'red' });
      const tooShort = { fieldNames: ['Color'], classification: 'SizeError', message: 'Size' };
      expect([reply.status, reply.json()]).toEqual([422, [tooShort]]);
      for (const path of ['labels/99999', 'labels/nope']) {
        expect([(await go('GET', path)).status, (await go('GET', path)).text]).toEqual([404, '']);
      }
      expect((await go('PATCH', 'labels/99999', { name: 'x' })).status).toBe(404);
    });

    it('are for writers to change', async () => {
      const { go, name } = await repository();
      await site().gogs.addCollaborator('ann', name, 'bob', 'read');
      const asBob = { token: site().tokens.bob };
      expect((await go('POST', 'labels', { name: 'x', color: '#ffffff' }, asBob)).status).toBe(403);
      expect((await go('GET', 'labels', undefined, asBob)).status).toBe(200);
    });
  });

  describe('milestones', () => {
    it('are created, closed with a time long ago, and deleted', async () => {
      const { go, made } = await repository();
      const due = '2027-01-01T00:00:00Z';
      const fresh = await go('POST', 'milestones', { title: 'v1', description: 'first', due_on: due });
      expect(fresh.status).toBe(201);
      const milestone = fresh.json() as Made;
      expect(milestone).toEqual({
        id: milestone.id,
        title: 'v1',
        description: 'first',
        state: 'open',
        open_issues: 0,
        closed_issues: 0,
        closed_at: null,
        due_on: due,
      });
      const endless = await made('milestones', { title: 'v2' });
      expect(endless).toMatchObject({ due_on: null });
      const closed = await go('PATCH', `milestones/${milestone.id}`, { title: 'v1.0', state: 'closed' });
      const expected = { ...milestone, title: 'v1.0', state: 'closed', closed_at: '1970-01-01T00:00:00Z' };
      expect([closed.status, closed.json()]).toEqual([200, expected]);
      const open = await go('PATCH', `milestones/${milestone.id}`, { state: 'open', description: '' });
      expect(open.json()).toMatchObject({ state: 'open', closed_at: null, description: '' });
      for (let round = 0; round < 2; round++) {
        expect((await go('DELETE', `milestones/${milestone.id}`)).status).toBe(204);
      }
      expect((await go('GET', 'milestones')).json()).toEqual([endless]);
    });

    it('need no title, and are 404 when absent', async () => {
      const { go } = await repository();
      expect((await go('POST', 'milestones', {})).status).toBe(201);
      expect((await go('GET', 'milestones/99999')).status).toBe(404);
      expect((await go('PATCH', 'milestones/99999', {})).status).toBe(404);
    });
  });

  describe('issues', () => {
    it('are created with all that belongs to them', async () => {
      const { go, made } = await repository();
      await go('POST', 'labels', { name: 'bug', color: '#ff0000' });
      const [label] = (await go('GET', 'labels')).json() as Made[];
      const milestone = await made('milestones', { title: 'v1' });
      const body = {
        title: 'One',
        body: 'text',
        assignee: 'ann',
        milestone: milestone.id,
        labels: [label?.id, 99999],
      };
      const issue = await made('issues', body);
      expect(issue).toMatchObject({
        number: 1,
        user: { username: 'ann' },
        title: 'One',
        body: 'text',
        labels: [label],
        milestone: { id: milestone.id, open_issues: 1, closed_issues: 0 },
        assignee: { username: 'ann' },
        state: 'open',
        comments: 0,
        pull_request: null,
      });
      expect((await go('GET', 'issues/1')).json()).toEqual(issue);
      expect(await made('issues', { title: 'Two', milestone: 99999, closed: true })).toMatchObject({
        number: 2,
        labels: [],
        milestone: null,
        assignee: null,
        state: 'closed',
      });
    });

    it('are listed by state, newest first by the second, ten on a page', async () => {
      const { go, name } = await repository();
      for (let number = 1; number <= 12; number++) await go('POST', 'issues', { title: `Issue ${number}` });
      await go('PATCH', 'issues/3', { state: 'closed' });
      const first = await go('GET', 'issues?page=1');
      const url = `${site().gogs.baseUrl}/api/v1/repos/ann/${name}/issues`;
      expect(first.headers['link']).toBe(`<${url}?page=2>; rel="next",<${url}?page=2>; rel="last"`);
      const issues = async (query: string) =>
        (await go('GET', `issues?${query}`)).json() as { number: number; created_at: string }[];
      const pages = [await issues('page=1'), await issues('page=2'), await issues('page=3')];
      expect(pages.map((page) => page.length)).toEqual([10, 1, 0]);
      const all = pages.flat();
      const ascending = (one: number, other: number) => one - other;
      expect(all.map(({ number }) => number).sort(ascending)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const times = all.map(({ created_at: created }) => created);
      expect(times).toEqual([...times].sort().reverse());
      expect((await issues('state=closed')).map(({ number }) => number)).toEqual([3]);
    });

    it('are changed, and answer 201 to that', async () => {
      const { go, made } = await repository();
      await made('issues', { title: 'One', body: 'text', assignee: 'ann' });
      const reply = await go('PATCH', 'issues/1', { title: 'Uno', body: '', assignee: '', state: 'closed' });
      expect(reply.status).toBe(201);
      expect(reply.json()).toMatchObject({ title: 'Uno', body: '', assignee: null, state: 'closed' });
      expect((await go('PATCH', 'issues/1', { assignee: 'ann', state: 'open' })).json()).toMatchObject({
        title: 'Uno',
        assignee: { username: 'ann' },
        state: 'open',
      });
    });

    it('are refused without a title and for an assignee who is nobody', async () => {
      const { go } = await repository();
      expect((await go('POST', 'issues', {})).json()).toEqual(required('Title'));
      const reply = await go('POST', 'issues', { title: 'x', assignee: 'nobody' });
      const message = 'assignee does not exist: [name: nobody]';
      expect([reply.status, reply.json()]).toEqual([422, { ...failureBody, message }]);
      for (const method of ['GET', 'PATCH']) {
        const absent = await go(method, 'issues/99', method === 'PATCH' ? {} : undefined);
        expect([absent.status, absent.text]).toEqual([404, '']);
      }
    });

    it('are changed by whoever wrote them or may write to the repository', async () => {
      const { go, made, name } = await repository();
      await made('issues', { title: 'One' });
      await site().gogs.addCollaborator('ann', name, 'bob', 'read');
      const asBob = { token: site().tokens.bob };
      expect((await go('PATCH', 'issues/1', { title: 'x' }, asBob)).status).toBe(403);
      const own = await go('POST', 'issues', { title: 'Bob’s', assignee: 'bob' }, asBob);
      expect(own.json()).toMatchObject({ user: { username: 'bob' }, assignee: null });
      expect((await go('PATCH', 'issues/2', { title: 'Mine' }, asBob)).json()).toMatchObject({
        title: 'Mine',
      });
    });
  });

  describe('labels of an issue', () => {
    it('are added, replaced, removed and cleared', async () => {
      const { go, made } = await repository();
      for (const name of ['a', 'b']) await go('POST', 'labels', { name, color: '#000000' });
      const [a, b] = (await go('GET', 'labels')).json() as [Made, Made];
      await made('issues', { title: 'One', labels: [a.id] });
      const labels = 'issues/1/labels';
      expect((await go('GET', labels)).json()).toEqual([a]);
      const added = await go('POST', labels, { labels: [b.id, 99999] });
      expect([added.status, added.json()]).toEqual([200, [a, b]]);
      expect((await go('PUT', labels, { labels: [b.id] })).json()).toEqual([b]);
      expect((await go('DELETE', `${labels}/${b.id}`)).status).toBe(204);
      expect((await go('GET', labels)).text).toBe('[]');
      await go('PUT', labels, { labels: [a.id, b.id] });
      expect((await go('DELETE', labels)).status).toBe(204);
      expect((await go('GET', labels)).text).toBe('[]');
    });

    it('are 422 for a label and 404 for an issue that is not there', async () => {
      const { go, made } = await repository();
      await made('issues', { title: 'One' });
      const reply = await go('DELETE', 'issues/1/labels/99999');
      expect(reply.status).toBe(422);
      expect((reply.json() as { message: string }).message).toMatch(
        /^label does not exist: map\[labelID:99999 /,
      );
      expect((await go('GET', 'issues/99/labels')).status).toBe(404);
    });
  });

  describe('comments', () => {
    it('are created without their times, changed and deleted', async () => {
      const { go, made, name } = await repository();
      await made('issues', { title: 'One' });
      const fresh = await go('POST', 'issues/1/comments', { body: 'hello' });
      expect(fresh.status).toBe(201);
      const comment = fresh.json() as Made;
      const page = new RegExp(`^${site().gogs.baseUrl}/ann/${name}/issues/1#issuecomment-${comment.id}$`);
      expect(comment).toMatchObject({
        html_url: expect.stringMatching(page) as unknown,
        user: { username: 'ann' },
        body: 'hello',
        created_at: '0001-01-01T00:00:00Z',
      });
      const changed = await go('PATCH', `issues/comments/${comment.id}`, { body: 'bye' });
      expect([changed.status, changed.json()]).toMatchObject([200, { id: comment.id, body: 'bye' }]);
      expect((await go('GET', 'issues/1/comments')).json()).toMatchObject([{ id: comment.id, body: 'bye' }]);
      expect((await go('GET', 'issues/1')).json()).toMatchObject({ comments: 1 });
      expect((await go('DELETE', `issues/1/comments/${comment.id}`)).status).toBe(204);
      expect((await go('GET', 'issues/1/comments')).text).toBe('[]');
    });

    it('are also what happened to an issue, and those cannot be changed', async () => {
      const { go, made } = await repository();
      await made('issues', { title: 'One' });
      await go('PATCH', 'issues/1', { state: 'closed' });
      const [event] = (await go('GET', 'issues/1/comments')).json() as Made[];
      expect(event).toMatchObject({ body: '' });
      const reply = await go('PATCH', `issues/comments/${event?.id}`, { body: 'x' });
      expect([reply.status, reply.text]).toEqual([204, '']);
    });

    it('are listed for the repository and since a time', async () => {
      const { go, made } = await repository();
      await made('issues', { title: 'One' });
      await made('issues', { title: 'Two' });
      await go('POST', 'issues/1/comments', { body: 'first' });
      await go('POST', 'issues/2/comments', { body: 'second' });
      expect((await go('GET', 'issues/comments')).json()).toMatchObject([
        { body: 'first' },
        { body: 'second' },
      ]);
      expect((await go('GET', 'issues/comments?since=2100-01-01T00:00:00Z')).text).toBe('[]');
      expect((await go('GET', 'issues/1/comments?since=2100-01-01T00:00:00Z')).text).toBe('[]');
      expect((await go('GET', 'issues/comments?since=soon')).status).toBe(422);
    });

    it('are 500 for an issue, and 404 for a comment that is not there', async () => {
      const { go } = await repository();
      expect((await go('GET', 'issues/99/comments')).json()).toEqual(failureBody);
      expect((await go('POST', 'issues/99/comments', { body: 'x' })).json()).toEqual(failureBody);
      expect((await go('POST', 'issues/99/comments', {})).json()).toEqual(required('Body'));
      expect((await go('PATCH', 'issues/comments/99999', { body: 'x' })).status).toBe(404);
      expect((await go('DELETE', 'issues/1/comments/99999')).status).toBe(404);
    });
  });
}
