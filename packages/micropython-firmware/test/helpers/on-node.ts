import { deviceModules } from '../../src/device-files.ts';
import { packAlong } from '../../src/pack/pack-python.ts';

const sources = new Map([...(await deviceModules())].map(([name, { text }]) => [name, text]));

/** Python that uses the package from within, with the names that the package has on a node. */
export function onNode(code: string): string {
  return packAlong(code, sources);
}
