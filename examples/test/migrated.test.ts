import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deviceFiles } from '@ota/micropython-firmware';
import { Site } from '@ota/testbed';
import { expect, it, onTestFinished } from 'vitest';
import { publish } from './helpers/publish.ts';
import { exampleFiles, level } from './helpers/node.ts';

const text = (path: string) => readFile(new URL(`../migrated/${path}`, import.meta.url), 'utf8');

/** A server that says how many millimetres of rain come. */
async function startForecast(): Promise<{ url: string; answer: (status: number, rain?: number) => void }> {
  let status = 200;
  let rain = 0;
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ rain }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/forecast`,
    answer: (newStatus, newRain = 0) => {
      status = newStatus;
      rain = newRain;
    },
  };
}

it('the migrated application uses all that the project before gave it', async () => {
  const source = await text('src/main.py');
  const given = [
    'requests',
    'log',
    'time',
    'updater',
    'wdt',
    'mqtt_pub',
    'mqtt_ping',
    'mqtt_sub',
    'mqtt_check_msg',
  ];
  for (const name of [...given, 'controllerName']) expect(source).toContain(`env["${name}"]`);
});

it('an application and settings of the project before run as they are, on the new device files', async () => {
  const site = await Site.start({ repository: 'pump' });
  onTestFinished(() => site.close());
  const messages = await site.watch('pump/#');
  const forecast = await startForecast();
  const files = await exampleFiles('migrated');
  await site.commit({ branch: 'master', files });

  // Both settings files keep every key; only the addresses and secrets are those of this site.
  const wifi = (await text('wifisettings.py'))
    .replace('my-wifi-password', site.accessPoint.password)
    .replace('my-wifi', site.accessPoint.ssid)
    .replace('192.168.1.2', site.broker.host)
    .replace('1883', String(site.broker.port));
  const own = (await text('nodesettings.py'))
    .replace('http://192.168.1.2:3000/my-user/pump', `${site.gogs.baseUrl}/${site.repository}`)
    .replace('http://192.168.1.2:8080/forecast', forecast.url)
    .replace('0123456789abcdef0123456789abcdef01234567', site.token);
  const node = await site.addNode({
    name: 'pump',
    files: {
      ...Object.fromEntries((await deviceFiles()).map(({ path, content }) => [path, content])),
      '/wifisettings.py': wifi,
      '/nodesettings.py': own,
    },
  });
  await node.powerOn();

  const next = (topic: string, from = 0) =>
    messages.waitFor((message) => message.topic === `pump/${topic}`, { from });
  const tell = async (topic: string, payload: string) => {
    const from = messages.messages.length;
    await publish(site.broker, `pump/${topic}`, payload);
    return (await next('watering', from)).payload;
  };
  expect((await next('boot/status')).payload).toBe('OTA_OK');
  expect(await next('greeting')).toMatchObject({ payload: 'pump' });

  forecast.answer(200, 4);
  expect(await tell('water', '')).toBe('not needed');
  expect(level(node, 5)).toBe(0);
  expect(await tell('litres', '20')).toBe('20 litres');
  forecast.answer(503);
  expect(await tell('water', '')).toMatch(/^20 litres at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(level(node, 5)).toBe(1);
  await node.waitForOutput('[main:pump] no forecast: 503');
  await node.waitForOutput(/\[main:pump:valve\] started \w{3}, \d+ \w{3} \d{4}/);

  const changed = files['src/main.py']?.toString().replace('"%d litres"', '"now %d litres"') ?? '';
  await site.commit({ branch: 'master', files: { 'src/main.py': changed } });
  const from = messages.messages.length;
  await publish(site.broker, 'pump/update', '');
  expect((await next('boot/status', from)).payload).toBe('OTA_OK');
  await next('greeting', from);
  expect(await tell('litres', '7')).toBe('now 7 litres');
});
