import { deviceModules, textsOf } from '../../src/device-files.ts';
import { packAlong } from '../../src/pack/pack-python.ts';

/** Python that uses the package from within, with the names that the package has on a node. */
export const onNode: (code: string) => string = packAlong(textsOf(await deviceModules()));
