// `npm run record`: docs/session.cast for asciinema, docs/session.svg and docs/session.txt for everybody else.
import { writeFile } from 'node:fs/promises';
import { recordSession } from './session.mjs';
import { screenOf, toSvg, toText } from './terminal.mjs';

const docs = new URL('../../docs/', import.meta.url);
const cast = await recordSession();
const lines = await screenOf(cast.events, cast.columns);
await writeFile(new URL('session.cast', docs), cast.toString());
await writeFile(new URL('session.txt', docs), toText(lines));
await writeFile(new URL('session.svg', docs), toSvg(lines, cast));
process.stdout.write(toText(lines));
