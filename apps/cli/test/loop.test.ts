import { describe, expect, it, onTestFinished } from 'vitest';
import { startDemoSite, type DemoSite } from '../src/demo/demo-site.ts';
import { runLoop } from '../src/demo/loop.ts';
import { Timeline } from '../src/demo/timeline.ts';
import { json } from './helpers/results.ts';

async function startSite(): Promise<DemoSite> {
  const started = await startDemoSite(new AbortController().signal);
  onTestFinished(() => started.site.close());
  return started;
}

const quiet = (): Timeline => new Timeline(() => undefined);

describe('the demo', () => {
  it('tells programs each step, and the two commits at the end', async () => {
    const { code, data } = await json(['demo']);
    expect(code).toBe(0);
    expect(data.length).toBeGreaterThan(5);
    expect(data.at(-1)).toMatchObject({
      event: 'done',
      first: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      second: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
  });

  it('names the step that failed: the one that waits for what does not come', async () => {
    const started = await startSite();
    started.site.gogs.faults.always('/git/trees/', { kind: 'status', status: 500 });
    const loop = runLoop(started, quiet(), { signal: new AbortController().signal, stepTimeoutMs: 3_000 });
    await expect(loop).rejects.toMatchObject({ code: 'DEMO_FAILED', step: 'install version 1' });
  });

  it('fails at the commit where the Git server is gone', async () => {
    const started = await startSite();
    await started.site.gogs.close();
    const loop = runLoop(started, quiet(), { signal: new AbortController().signal });
    await expect(loop).rejects.toMatchObject({ code: 'DEMO_FAILED', step: 'commit version 1' });
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const started = await startSite();
    started.node.once('boot', () => {
      controller.abort(new Error('enough'));
    });
    await expect(runLoop(started, quiet(), { signal: controller.signal })).rejects.toThrow('enough');
  });
});
