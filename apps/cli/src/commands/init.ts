import { join } from 'node:path';
import { z } from 'zod';
import { checkWifiFrom } from '../checks/board.ts';
import { checkSchema, exitOf, printChecks, skipped, warning, type Check } from '../checks/check.ts';
import { parseBroker, parseRemote } from '../checks/remote.ts';
import { checkBroker, checkGogs } from '../checks/services.ts';
import { usageError } from '../framework/cli-error.ts';
import { defineCommand } from '../framework/command.ts';
import type { BaseContext } from '../framework/context.ts';
import { kindOf, localDirectory } from '../framework/local-files.ts';
import { flag, text } from '../framework/options.ts';
import { nodeFile, wifiFile } from '../framework/settings/node-settings.ts';
import { Answers } from '../install/answers.ts';
import { addIgnores, missingIgnores, renderSettings, writeSecretFile } from '../install/write-settings.ts';

export const command = defineCommand({
  name: 'init',
  about: 'Asks for WiFi, broker and Gogs, tries them, and writes the settings of a node.',
  details:
    'Writes wifisettings.py and nodesettings.py, readable for you alone, and names them in .gitignore. What is in them already is proposed, and what is not asked for stays. Every answer may be given as a flag or in the environment; secrets in the environment or a file.',
  options: {
    skipChecks: flag('write although a check fails, without trying'),
    mqttCa: text('file on the node with the certificate (DER) of the authority for the broker', {
      value: 'path',
    }),
    gogsCa: text('file on the node with the certificate (DER) of the authority for Gogs; https needs it', {
      value: 'path',
    }),
  },
  settings: [
    'port',
    'baud',
    'lines',
    'settingsDir',
    'node',
    'wifi',
    'broker',
    'brokerUser',
    'brokerCa',
    'gogs',
    'gogsCaPem',
    'branch',
  ],
  secrets: ['wifiPassword', 'brokerPassword', 'gogsToken'],
  changes: true,
  // Only where there are files already, which is asked for below.
  destroys: () => undefined,
  examples: [
    ['ota init', 'the questions, one after the other'],
    [
      'ota init --yes --node lamp --wifi site --broker mqtt://192.168.1.2 --gogs http://192.168.1.2:3000/ann/lamp',
      'without questions, with the secrets in OTA_WIFI_PASSWORD and OTA_GOGS_TOKEN',
    ],
  ],
  result: z.object({
    checks: z.array(checkSchema),
    files: z.array(z.string()).describe('written, or with --dry-run what would be'),
    ignored: z.array(z.string()).describe('new lines of .gitignore'),
    dryRun: z.boolean(),
  }),

  run: async (context) => {
    const { options, settings, signal, dryRun } = context;
    const directory = await localDirectory('/', settings.settingsDir);
    const answers = new Answers(context);
    const node = await answers.setting('node', 'Name of the node', { check: checkName });
    const wifi = await answers.setting('wifi', 'WiFi network');
    const wifiPassword = await answers.secret('wifiPassword', 'WiFi password (none: an open network)', {
      need: false,
    });
    const broker = await answers.setting('broker', 'MQTT broker, such as mqtt://192.168.1.2', {
      check: parseBroker,
    });
    const brokerUser = await answers.setting('brokerUser', 'User name at the broker (none: anybody)', {
      need: false,
    });
    const brokerPassword =
      brokerUser === ''
        ? ''
        : await answers.secret('brokerPassword', 'Password for the broker', { need: false });
    const gogs = await answers.setting('gogs', 'Repository, such as http://192.168.1.2:3000/owner/name', {
      check: parseRemote,
    });
    const branch = await answers.setting('branch', 'Branch to follow');
    const gogsToken = await answers.secret('gogsToken', 'Token of a Gogs user who may only read it');
    answers.requireAll();

    const { host, port: mqttPort, isTls } = parseBroker(broker);
    const texts = await renderSettings(
      directory,
      {
        ...{ wifiAP: wifi, wifiPassword, mqtt_ip: host, mqtt_port: mqttPort },
        ...(isTls && { mqtt_tls: true }),
        ...(brokerUser !== '' && { mqtt_user: brokerUser, mqtt_password: brokerPassword }),
        ...(options.mqttCa !== undefined && { mqtt_ca: options.mqttCa }),
      },
      {
        ...{ controllerName: node, gogsRemote: gogs.replace(/\.git$/, ''), gogsBranch: branch, gogsToken },
        ...(options.gogsCa !== undefined && { gogsCa: options.gogsCa }),
      },
    );
    const checks: Check[] = [];
    if (!options.skipChecks) {
      if (/^(localhost|127\.|::1)/.test(host)) {
        checks.push(warning('address', `${host} is this computer: a node on the network cannot reach it`));
      }
      const facts = {
        broker,
        brokerUser: brokerUser || undefined,
        brokerPassword: brokerPassword || undefined,
      };
      checks.push(await checkBroker({ ...facts, brokerCa: settings.brokerCa }, signal));
      checks.push(...(await checkGogs({ gogs, branch, gogsToken, gogsCaPem: settings.gogsCaPem }, signal)));
      const [port] = settings.port ?? [];
      if (port === undefined)
        checks.push(skipped('WiFi', 'only a board can look for networks: name one with --port'));
      else checks.push(await checkWifiFrom({ ...context, port }, wifi));
    }
    const files = [join(directory, wifiFile), join(directory, nodeFile)];
    const ignored = await missingIgnores(directory);
    if (exitOf(checks) !== 0) return { checks, files: [], ignored: [], dryRun };
    if (!dryRun) {
      await agree(files, context);
      await writeSecretFile(files[0] ?? '', texts.wifi);
      await writeSecretFile(files[1] ?? '', texts.node);
      await addIgnores(directory, ignored);
    }
    return { checks, files, ignored, dryRun };
  },

  print: ({ checks, files, ignored, dryRun }, view, { say }) => {
    printChecks(checks, view);
    if (files.length === 0) say('nothing was written: mend what failed, or add --skip-checks');
    for (const file of files) say(`${dryRun ? 'would write' : 'wrote'} ${file}`);
    if (ignored.length > 0) say(`${dryRun ? 'would add' : 'added'} ${ignored.join(', ')} to .gitignore`);
    if (files.length > 0 && !dryRun) say('next: "ota deploy" brings all of it to a board');
  },

  exitCode: ({ checks }) => exitOf(checks),
});

function checkName(name: string): void {
  // A comma would be two names for "ota deploy --node".
  if (/[/+#,\0]/.test(name)) throw usageError('the name of a node must not hold / + # or a comma');
}

/** @throws CliError USAGE where there are files already and nobody says that they may be replaced. */
async function agree(files: readonly string[], { yes, prompter }: BaseContext): Promise<void> {
  const there = [];
  for (const file of files) if ((await kindOf(file)) !== 'nothing') there.push(file);
  if (there.length === 0 || yes) return;
  const question = `${there.join(' and ')} will be replaced`;
  if (!prompter.canAsk) throw usageError(`${question}: to go on, add --yes (--dry-run only tells)`);
  if (!(await prompter.confirm(`${question}.`))) throw usageError('nothing was done: only "yes" goes on');
}
