import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sampleFirmware, SimulatedBoard, Site, startRealGogs, type GogsServer } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { makeHome } from './helpers/reader-home.ts';
import { Reader, stepsOf, type StepResult } from './helpers/walkthrough.ts';

const page = await readFile(new URL('../../../docs/getting-started.md', import.meta.url), 'utf8');
const password = 'a password';

/** Step 2 of the page, which is done in a browser: a repository, and a token of a user who may only read it. */
async function prepareGogs(site: Site<GogsServer>): Promise<string> {
  const { gogs } = site;
  await gogs.createUser({ name: 'ann', password });
  await gogs.createUser({ name: 'lamp-reader', password });
  await gogs.createRepository({ owner: 'ann', name: 'lamp', private: true });
  await gogs.addCollaborator('ann', 'lamp', 'lamp-reader', 'read');
  return gogs.createToken('lamp-reader', password, 'lamp');
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** In place of micropython.org: every image is one that the simulated chip boots. */
async function startMirror(): Promise<string> {
  const image = sampleFirmware();
  return listen((_, response) => response.end(image));
}

/** The reader's Git configuration: the page's address leads to this site. */
const gitConfig = (from: string, to: string): string =>
  `[user]\n\tname = Ann\n\temail = ann@example.test\n[url "${to}"]\n\tinsteadOf = ${from}\n`;

/** Of a real Gogs, as `ann`. */
function gitOf({ baseUrl }: GogsServer): string {
  const credentials = baseUrl.replace('//', `//ann:${encodeURIComponent(password)}@`);
  return gitConfig('http://192.168.1.2:3000/', `${credentials}/`);
}

/** The stand-in speaks Gogs's API and not Git's: what is pushed goes to a bare repository, and from there to the stand-in. */
async function gitOfStandIn(gogs: GogsServer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-newcomer-git-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  const address = await listen((_, response) => {
    gogs.push('ann', 'lamp', folder, ['refs/heads/main']).then(
      () => response.writeHead(204).end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const hook = join(folder, 'hooks', 'post-receive');
  const tell = `fetch('${address}').then(async (answer) => console.log(await answer.text()))`;
  await mkdir(join(folder, 'hooks'), { recursive: true });
  await writeFile(hook, `#!/bin/sh\nexec "${process.execPath}" --eval "${tell}"\n`, { mode: 0o755 });
  return gitConfig('http://192.168.1.2:3000/ann/lamp', folder);
}

async function follow(
  site: Site<GogsServer>,
  git: (gogs: GogsServer) => string | Promise<string>,
): Promise<void> {
  onTestFinished(() => site.close());
  const token = await prepareGogs(site);
  const messages = await site.watch('lamp/#');
  const board = await SimulatedBoard.create({ node: { name: 'lamp', wifi: site.wifi } });
  onTestFinished(() => board.close());
  const { home, path } = await makeHome(await git(site.gogs));

  const reader = new Reader(home, {
    ...{ HOME: home, PATH: path, NO_COLOR: '1', GIT_TERMINAL_PROMPT: '0' },
    // What the reader would answer to `ota init`, and what is different at this site.
    ...{ OTA_NODE: 'lamp', OTA_WIFI: site.accessPoint.ssid, OTA_WIFI_PASSWORD: site.accessPoint.password },
    OTA_BROKER: `mqtt://${site.broker.host}:${site.broker.port}`,
    ...{ OTA_GOGS_REMOTE: `${site.gogs.baseUrl}/ann/lamp`, OTA_GOGS_BRANCH: 'main', OTA_GOGS_TOKEN: token },
    ...{ OTA_FIRMWARE_MIRROR: await startMirror(), OTA_CACHE: join(home, 'cache') },
  });
  const done: Record<string, StepResult> = {};
  for (const step of stepsOf(page)) {
    if (step.heading.startsWith('6.')) reader.env['OTA_PORT'] = await board.serve('rfc2217');
    done[step.heading] = await reader.do(step, 120_000);
  }

  expect(Object.keys(done).map((heading) => Number.parseInt(heading))).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  for (const file of ['wifisettings.py', 'nodesettings.py']) {
    expect((await stat(join(home, 'lamp', file))).mode & 0o077).toBe(0);
    expect(await readFile(join(home, 'lamp', '.gitignore'), 'utf8')).toContain(file);
  }
  for (const [heading, { stdout, stderr }] of Object.entries(done)) {
    for (const secret of [token, password, site.accessPoint.password]) {
      expect(stdout + stderr, heading).not.toContain(secret);
    }
  }
  await messages.waitFor(({ topic, payload }) => topic === 'lamp/hello' && payload === 'version 2');
  const hellos = messages.messages.filter(({ topic }) => topic === 'lamp/hello');
  expect(hellos[0]?.payload).toBe('version 1');
  const { stdout: log } = await promisify(execFile)('git', ['log', '--format=%H', '--reverse'], {
    cwd: join(home, 'lamp'),
  });
  const [one = '', two = ''] = log.split('\n').map((commit) => commit.slice(0, 7));
  expect(done['9. See it run']?.stdout).toMatch(new RegExp(`lamp.*online.*${one}`));
  expect(done['10. Update it over the air']?.stdout).toMatch(new RegExp(`lamp.*online.*${two}`));
}

const title = 'leads from a new board to its first update, done as it says';

describeWithTools(['git'], 'docs/getting-started.md, with the Gogs stand-in', () => {
  it(title, { timeout: 300_000 }, async () => {
    await follow(await Site.start(), gitOfStandIn);
  });
});

describeWithTools(
  ['git', 'gogs', 'mosquitto'],
  'docs/getting-started.md, with a real Gogs and Mosquitto',
  () => {
    it(title, { timeout: 300_000 }, async () => {
      await follow(await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } }), gitOf);
    });
  },
);
