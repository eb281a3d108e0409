import { mkdir, writeFile } from 'node:fs/promises';
import { jsonSchemas } from './json-schemas.ts';

// Run by `nx run cli:schemas` after a change of a command's result or of the settings.
const root = new URL('../../', import.meta.url);
await mkdir(new URL('schemas/', root), { recursive: true });
for (const [name, schema] of Object.entries(await jsonSchemas())) {
  await writeFile(new URL(name, root), `${JSON.stringify(schema, null, 2)}\n`);
}
