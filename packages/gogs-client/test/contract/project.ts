import { describe, expect, it } from 'vitest';
import { errorOf } from '../helpers/errors.ts';
import { all, type Site } from './fixture.ts';

export function projectContract(site: () => Site): void {
  describe('labels', () => {
    it('are created with their id, read, changed and deleted', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const bug = await gogs.labels.create('ann', repo, { name: 'to fix', color: '#ff0000' });
      const twin = await gogs.labels.create('ann', repo, { name: 'to fix', color: '#00ff00' });
      expect(bug).toEqual({ id: bug.id, name: 'to fix', color: 'ff0000' });
      expect(twin.id).toBeGreaterThan(bug.id);
      expect(await gogs.labels.list('ann', repo)).toEqual([bug, twin]);
      expect(await gogs.labels.get('ann', repo, twin.id)).toEqual(twin);
      expect(await gogs.labels.get('ann', repo, 'to fix')).toEqual(bug);
      expect(await gogs.labels.edit('ann', repo, bug.id, { name: 'fixed' })).toEqual({
        ...bug,
        name: 'fixed',
      });
      await gogs.labels.delete('ann', repo, bug.id);
      await gogs.labels.delete('ann', repo, bug.id);
      expect(await gogs.labels.list('ann', repo)).toEqual([twin]);
      expect((await errorOf(gogs.labels.get('ann', repo, bug.id))).code).toBe('GOGS_NOT_FOUND');
      const bad = await errorOf(gogs.labels.create('ann', repo, { name: 'x', color: 'red' }));
      expect(bad).toMatchObject({ code: 'GOGS_VALIDATION', fields: [{ field: 'Color', rule: 'SizeError' }] });
    });
  });

  describe('milestones', () => {
    it('are created, closed and deleted', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const due = '2027-01-01T00:00:00Z';
      const made = await gogs.milestones.create('ann', repo, { title: 'v1', description: 'd', due_on: due });
      expect(made).toMatchObject({
        title: 'v1',
        description: 'd',
        state: 'open',
        due_on: due,
        closed_at: null,
      });
      const closed = await gogs.milestones.edit('ann', repo, made.id, { title: 'v1.0', state: 'closed' });
      expect(closed).toMatchObject({ title: 'v1.0', state: 'closed' });
      expect(await gogs.milestones.get('ann', repo, made.id)).toEqual(closed);
      expect(await gogs.milestones.list('ann', repo)).toEqual([closed]);
      await gogs.milestones.delete('ann', repo, made.id);
      expect((await errorOf(gogs.milestones.get('ann', repo, made.id))).code).toBe('GOGS_NOT_FOUND');
    });
  });

  describe('issues', () => {
    it('are created, listed over pages, and changed', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const label = await gogs.labels.create('ann', repo, { name: 'bug', color: '#ff0000' });
      const milestone = await gogs.milestones.create('ann', repo, { title: 'v1' });
      const full = { title: 'One', body: 'b', assignee: 'ann', milestone: milestone.id, labels: [label.id] };
      const one = await gogs.issues.create('ann', repo, full);
      expect(one).toMatchObject({
        number: 1,
        user: { username: 'ann' },
        labels: [label],
        milestone: { id: milestone.id, open_issues: 1 },
        assignee: { username: 'ann' },
        state: 'open',
        pull_request: null,
      });
      for (let number = 2; number <= 12; number++)
        await gogs.issues.create('ann', repo, { title: `Issue ${number}` });
      const numbers = (await all(gogs.issues.list('ann', repo))).map(({ number }) => number);
      expect(numbers.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const change = { title: 'Uno', body: '', assignee: '', milestone: 0, state: 'closed' } as const;
      expect(await gogs.issues.edit('ann', repo, 1, change)).toMatchObject({
        title: 'Uno',
        body: '',
        assignee: null,
        milestone: null,
        state: 'closed',
      });
      const closed = await all(gogs.issues.list('ann', repo, { state: 'closed' }));
      expect(closed.map(({ number }) => number)).toEqual([1]);
      expect(await gogs.issues.get('ann', repo, 1)).toMatchObject({ title: 'Uno' });
      expect((await errorOf(gogs.issues.get('ann', repo, 99))).code).toBe('GOGS_NOT_FOUND');
      const nobody = await errorOf(gogs.issues.create('ann', repo, { title: 'x', assignee: 'nobody' }));
      expect(nobody).toMatchObject({ code: 'GOGS_VALIDATION', fields: [] });
      expect(nobody.gogsMessage).toContain('nobody');
    });

    it('have labels', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      const a = await gogs.labels.create('ann', repo, { name: 'a', color: '#000000' });
      const b = await gogs.labels.create('ann', repo, { name: 'b', color: '#000000' });
      await gogs.issues.create('ann', repo, { title: 'One', labels: [a.id] });
      const { labels } = gogs.issues;
      expect(await labels.add('ann', repo, 1, [b.id])).toEqual([a, b]);
      expect(await labels.replace('ann', repo, 1, [b.id])).toEqual([b]);
      await labels.remove('ann', repo, 1, b.id);
      expect(await labels.list('ann', repo, 1)).toEqual([]);
      await labels.replace('ann', repo, 1, [a.id, b.id]);
      await labels.clear('ann', repo, 1);
      expect(await labels.list('ann', repo, 1)).toEqual([]);
      expect((await errorOf(labels.remove('ann', repo, 1, 99_999))).code).toBe('GOGS_VALIDATION');
      expect((await errorOf(labels.list('ann', repo, 99))).code).toBe('GOGS_NOT_FOUND');
    });

    it('have comments', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      await gogs.issues.create('ann', repo, { title: 'One' });
      const { comments } = gogs.issues;
      const hello = await comments.create('ann', repo, 1, 'hello');
      expect(hello).toMatchObject({ body: 'hello', user: { username: 'ann' } });
      expect(await comments.edit('ann', repo, hello.id, 'bye')).toMatchObject({ id: hello.id, body: 'bye' });
      expect(await comments.list('ann', repo, 1)).toMatchObject([{ body: 'bye' }]);
      expect(await comments.listAll('ann', repo)).toMatchObject([{ body: 'bye' }]);
      const since = new Date(Date.now() + 60_000);
      expect(await comments.list('ann', repo, 1, { since })).toEqual([]);
      expect(await comments.listAll('ann', repo, { since })).toEqual([]);
      await comments.delete('ann', repo, 1, hello.id);
      expect(await comments.list('ann', repo, 1)).toEqual([]);
      expect((await errorOf(comments.delete('ann', repo, 1, hello.id))).code).toBe('GOGS_NOT_FOUND');
    });

    it('that are absent have no comments, though Gogs fails on that', async () => {
      const { gogs } = site();
      const { comments } = gogs.issues;
      const list = await errorOf(comments.list('ann', 'kit', 99));
      expect(list).toMatchObject({ code: 'GOGS_NOT_FOUND', reason: 'absent' });
      expect((await errorOf(comments.create('ann', 'kit', 99, 'x'))).code).toBe('GOGS_NOT_FOUND');
    });

    it('have notes that nobody can edit', async () => {
      const { gogs, fresh } = site();
      const repo = await fresh();
      await gogs.issues.create('ann', repo, { title: 'One', closed: true });
      const [note] = await gogs.issues.comments.list('ann', repo, 1);
      const edit = await errorOf(gogs.issues.comments.edit('ann', repo, note?.id ?? 0, 'x'));
      expect(edit.code).toBe('GOGS_CONFLICT');
    });
  });
}
