import { z } from 'zod';
import { defineCommand } from '../framework/command.ts';
import { secretNames, settingNames, type SettingName } from '../framework/settings/definitions.ts';
import type { Origin } from '../framework/settings/settings.ts';
import { withoutPassword } from '../framework/settings/without-password.ts';

/** Addresses: that of a proxy may hold a password, and somebody may have put one where none belongs. */
const addresses: ReadonlySet<SettingName> = new Set(['port', 'broker', 'gogs', 'mirror', 'proxy']);

const origin = z.enum(['flag', 'environment', 'file', 'default', 'none']);

export const command = defineCommand({
  name: 'config',
  about: 'Shows every setting and where its value comes from.',
  details:
    'Flags go before the environment, that before the nearest ota.config.json (from here upwards), that before wifisettings.py and nodesettings.py, those before the defaults. Of secrets only the place is shown, and *** in place of what stands before the @ of an address.',
  settings: settingNames,
  examples: [['ota config', 'what counts here, and why']],
  result: z.object({
    file: z.string().nullable().describe('the ota.config.json that counts'),
    settings: z.array(
      z.object({
        name: z.string(),
        value: z.union([z.string(), z.number(), z.array(z.string())]).nullable(),
        origin,
        from: z.string().describe('the flag, variable or file'),
      }),
    ),
    secrets: z.array(z.object({ name: z.string(), isSet: z.boolean(), origin, from: z.string() })),
  }),

  run: async ({ allSettings }) => {
    const settings = [];
    for (const name of settingNames) {
      const { value, origin: where } = await allSettings.resolve(name);
      const hide = (text: string): string => (addresses.has(name) ? withoutPassword(text) : text);
      const shown = typeof value === 'object' ? value.map(hide) : (value ?? null);
      settings.push({ name, value: typeof shown === 'string' ? hide(shown) : shown, ...told(where) });
    }
    const secrets = [];
    for (const name of secretNames) {
      const { value, origin: where } = await allSettings.secret(name);
      secrets.push({ name, isSet: value !== undefined, ...told(where) });
    }
    return { file: allSettings.configFile?.path ?? null, settings, secrets };
  },

  print: ({ settings, secrets }, view) => {
    const where = (kind: string, from: string): string =>
      from === '' ? (kind === 'none' ? '' : kind) : from;
    view.table(
      ['SETTING', 'VALUE', 'FROM'],
      [
        ...settings.map(({ name, value, origin: kind, from }) => [
          name,
          value === null ? '-' : String(value),
          where(kind, from),
        ]),
        ...secrets.map(({ name, isSet, origin: kind, from }) => [
          name,
          isSet ? '(secret)' : '-',
          where(kind, from),
        ]),
      ],
    );
  },
});

function told({ kind, name }: Origin): { origin: Origin['kind']; from: string } {
  return { origin: kind, from: name };
}
