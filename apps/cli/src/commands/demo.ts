import { once } from 'node:events';
import { z } from 'zod';
import { defineStream } from '../framework/command.ts';
import { emitted } from '../framework/emitted.ts';
import { flag } from '../framework/options.ts';
import type { TimelineEntry } from '../demo/timeline.ts';

const event = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('step'),
    seconds: z.number().describe('since the start'),
    who: z.string().describe('site, gogs, broker or the name of a node'),
    what: z.string(),
  }),
  z.object({
    event: z.literal('done'),
    seconds: z.number(),
    first: z.string().describe('commit id of version 1'),
    second: z.string().describe('commit id of version 2'),
  }),
  z.object({ event: z.literal('stays'), doors: z.array(z.string()).describe('how to reach it') }),
]);
type DemoEvent = z.infer<typeof event>;

export const command = defineStream({
  name: 'demo',
  about: 'Boots a virtual node, updates it from Git, and shows what happened.',
  options: { keep: flag('leave the site running until Ctrl-C and print how to reach it') },
  examples: [
    ['ota demo', 'the whole loop as a timeline, in about ten seconds'],
    ['ota demo --keep', 'the same, and then a site to play with until Ctrl-C'],
  ],
  result: event,

  run: ({ options, signal }) =>
    emitted<DemoEvent>(signal, async (emit) => {
      const { startDemoSite } = await import('../demo/demo-site.ts');
      const { runLoop } = await import('../demo/loop.ts');
      const { Timeline } = await import('../demo/timeline.ts');
      const timeline = new Timeline((entry: TimelineEntry) => {
        emit({ event: 'step', ...entry });
      });
      const started = await timeline.step('start a site', () => startDemoSite(signal));
      try {
        const commits = await runLoop(started, timeline, { signal });
        emit({ event: 'done', seconds: timeline.elapsedSeconds, ...commits });
        if (!options.keep) return;
        const { reachable } = await import('../demo/reachable.ts');
        const doors = await reachable(started);
        try {
          emit({ event: 'stays', doors: doors.lines });
          if (!signal.aborted) await once(signal, 'abort');
        } finally {
          await doors.close();
        }
      } finally {
        await started.site.close();
      }
    }),

  print: (item, view) => {
    if (item.event === 'step') {
      view.line(`${item.seconds.toFixed(1).padStart(5)} s  ${item.who.padEnd(8)}${item.what}`);
    } else if (item.event === 'done') {
      const [first, second] = [item.first.slice(0, 10), item.second.slice(0, 10)];
      view.line();
      view.line(`Done in ${item.seconds.toFixed(1)} s: the node went from ${first} to ${second}.`);
    } else {
      view.line();
      view.line('The site stays up until Ctrl-C:');
      for (const door of item.doors) view.line(`  ${door}`);
    }
  },
});
