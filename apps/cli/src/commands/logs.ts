import { z } from 'zod';
import { defineStream } from '../framework/command.ts';
import { emitted } from '../framework/emitted.ts';
import { amount, argumentList } from '../framework/options.ts';
import { follow } from '../fleet/follow.ts';
import { printable } from '../framework/output/printable.ts';
import { brokerSecrets, brokerSettings } from '../fleet/with-fleet.ts';

const logLine = z.object({
  node: z.string(),
  line: z.string().describe("with the node's own time, in UTC"),
  receivedAt: z.string().describe("ISO 8601 in UTC, by this computer's clock"),
});

export const command = defineStream({
  name: 'logs',
  about: "Follows the nodes' warnings, until Ctrl-C.",
  details:
    'Nodes publish warnings, and after each reset the last lines of the log from before it. The broker keeps none of them: only what comes from now on is shown. All that a single board says is on its console: "ota repl".',
  args: { nodes: argumentList('only these', { isOptional: true }) },
  options: { for: amount('end after so many seconds', { value: 'seconds' }) },
  settings: brokerSettings,
  secrets: brokerSecrets,
  examples: [
    ['ota logs', 'what any node has to say'],
    ['ota logs kitchen cellar --json', 'two nodes, a line of JSON for each line'],
  ],
  result: logLine,

  run: (context) =>
    emitted<z.infer<typeof logLine>>(context.signal, (emit, signal) => {
      const { nodes } = context.args;
      return follow(context, { seconds: context.options.for, signal }, (fleet) => {
        fleet.on('log', (node, line) => {
          if (nodes.length > 0 && !nodes.includes(node)) return;
          emit({ node, line, receivedAt: new Date().toISOString() });
        });
      });
    }),

  print: ({ node, line }, view) => {
    view.line(`${view.style('cyan', printable(node))}  ${printable(line)}`);
  },
});
