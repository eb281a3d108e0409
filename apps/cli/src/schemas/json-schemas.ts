import { z } from 'zod';
import { configJsonSchema } from '../framework/settings/config-file.ts';
import { registry } from '../registry.ts';
import { errorSchema, outputSchema } from './output-schema.ts';

/** Every JSON schema that this package publishes, by its file's name from the package's root. */
export async function jsonSchemas(): Promise<Record<string, object>> {
  const files: Record<string, object> = { 'ota.config.schema.json': configJsonSchema() };
  for (const { name, about, load } of registry) {
    const { command } = await load();
    const what = command.isStream === true ? 'each line' : 'the output';
    const title = `${what} of "ota ${name} --json"`;
    files[`schemas/${name}.json`] = { title, description: about, ...z.toJSONSchema(outputSchema(command)) };
  }
  const error = { title: 'an error of any command with --json, on stderr', ...z.toJSONSchema(errorSchema) };
  files['schemas/error.json'] = error;
  return files;
}
