import { z } from 'zod';
import { checkBoard } from '../checks/board.ts';
import { checkSchema, exitOf, failedBy, printChecks, skipped, type Check } from '../checks/check.ts';
import { checkBroker, checkClock, checkGogs } from '../checks/services.ts';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/options.ts';
import { choosePorts } from '../framework/ports.ts';

export const command = defineCommand({
  name: 'doctor',
  about:
    'Looks at every part: port, board, firmware, WiFi, Gogs, broker, clock; says what to do for each red line.',
  details: 'What runs on the board is interrupted for it, and started again at the end.',
  options: { services: flag('only Gogs, the broker and the clock, no board') },
  settings: [
    'port',
    'baud',
    'lines',
    'settingsDir',
    'broker',
    'brokerUser',
    'brokerCa',
    'gogs',
    'gogsCaPem',
    'branch',
  ],
  secrets: ['brokerPassword', 'gogsToken', 'webreplPassword'],
  examples: [
    ['ota doctor', 'all of it, with the board that is plugged in'],
    ['ota doctor --services', 'without a board'],
  ],
  result: z.object({ checks: z.array(checkSchema) }),

  run: async (context) => {
    const { options, settings, signal, allSettings, io } = context;
    const checks: Check[] = [];
    if (!options.services) {
      try {
        const [port = ''] = await choosePorts('one', false, allSettings, io);
        checks.push(...(await checkBoard({ ...context, port })));
      } catch (error) {
        signal.throwIfAborted();
        checks.push(failedBy('port', error));
      }
    }
    const { broker, brokerUser, brokerCa, gogs, gogsCaPem, branch } = settings;
    if (gogs === undefined) checks.push(skipped('Gogs', 'no repository is known: "ota init" asks for it'));
    else {
      const { value: gogsToken } = await allSettings.secret('gogsToken');
      checks.push(...(await checkGogs({ gogs, branch, gogsToken, gogsCaPem }, signal)));
      checks.push(await checkClock(gogs, signal));
    }
    if (broker === undefined) checks.push(skipped('broker', 'no broker is known: "ota init" asks for it'));
    else {
      const { value: brokerPassword } = await allSettings.secret('brokerPassword');
      checks.push(await checkBroker({ broker, brokerUser, brokerCa, brokerPassword }, signal));
    }
    return { checks };
  },

  print: ({ checks }, view) => {
    printChecks(checks, view);
  },

  exitCode: ({ checks }) => exitOf(checks),
});
