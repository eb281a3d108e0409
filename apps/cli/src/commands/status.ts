import { z } from 'zod';
import { argumentList } from '../framework/options.ts';
import { defineCommand } from '../framework/command.ts';
import { counted } from '../framework/output/units.ts';
import { knownNodes } from '../fleet/choose-nodes.ts';
import { nodeCells, nodeColumns, nodeRow, toRow } from '../fleet/node-row.ts';
import { brokerSecrets, brokerSettings, withFleet } from '../fleet/with-fleet.ts';

export const command = defineCommand({
  name: 'status',
  about: 'Shows every node: whether it is online, what it runs, and what went wrong.',
  details:
    'Nodes leave their state at the broker. A node that is gone left only that: what it ran was seen by "ota watch". A node is known once it was online.',
  args: { nodes: argumentList('only these', { isOptional: true }) },
  settings: brokerSettings,
  secrets: brokerSecrets,
  examples: [
    ['ota status', 'a table of all nodes'],
    ['ota status kitchen --json', 'one node, for a program'],
  ],
  result: z.object({ nodes: z.array(nodeRow) }),

  run: (context) =>
    withFleet(context, (fleet) =>
      Promise.resolve({ nodes: knownNodes(fleet, context.args.nodes).map(toRow) }),
    ),

  print: ({ nodes }, view, { say }) => {
    if (nodes.length === 0) {
      say(
        'The broker knows no node yet: "ota deploy" puts the files on a board, and it reports itself when it boots.',
      );
      return;
    }
    view.table(
      nodeColumns,
      nodes.map((row) => nodeCells(row, view.style)),
    );
    const online = nodes.filter((row) => row.online).length;
    say(`${online} of ${counted(nodes.length, 'node')} online`);
  },
});
