import { readFile } from 'node:fs/promises';
import { onNode } from '../helpers/on-node.ts';
import type { Rig } from './rig.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** A node that runs the seed's algorithm in place of ours: the harness has to find what is wrong with it. */
export async function seedFiles(): Promise<Record<string, string>> {
  // Beside this file, or beside its source where it was compiled.
  const places = [
    new URL('./seed.py', import.meta.url),
    new URL('../../../../test/powercut/seed.py', import.meta.url),
  ];
  for (const place of places) {
    try {
      return {
        '/lib/seed.py': onNode(await readFile(place, 'utf8')),
        '/main.py': 'import seed\n\nseed.run()\n',
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('seed.py is missing');
}

/** The one thing that the seed does to a flash: it installs. */
export async function seedScenario(rig: Rig): Promise<Scenario> {
  const [install] = await scenarios(rig);
  if (!install) throw new Error('there is no scenario of an installation');
  return { ...install, name: "the seed's algorithm: install" };
}
