import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { main } from '@ota/cli';
import { sampleFirmware, Site } from '@ota/testbed';
import { Cast } from './cast.mjs';

const run = promisify(execFile);
const columns = 100;
const rows = 30;
const longestWait = 1.5;
const keySeconds = 0.05;
const prompt = '\u001b[32m$\u001b[0m ';
const title = 'From a bare board to an update over the air';

const application = (seconds) => `import time


def start(env):
    while True:
        env["log"]("blink")
        env["wdt"].feed()
        time.sleep(${seconds})
`;

/**
 * Plays a session with the real command at a site of the testbed, and records it. What is typed and what is shown is what a
 * person has at a terminal; only addresses and folders of this machine are replaced by those of a home network.
 */
export async function recordSession() {
  const site = await Site.start();
  const folder = await mkdtemp(join(tmpdir(), 'ota-session-'));
  try {
    const board = await site.addBoard({ chip: 'esp32', node: { name: 'lamp', timeScale: 4 } });
    const port = await board.serve('rfc2217');
    const broker = `mqtt://${site.broker.host}:${site.broker.port}`;
    const remote = `${site.gogs.baseUrl}/${site.repository}`;
    const firmware = join(folder, '..', 'ESP32_GENERIC.bin');
    const shell = new Shell(folder, [
      [remote, `http://hub.lan:3000/${site.repository}`],
      [broker, 'mqtt://hub.lan'],
      [new URL(site.gogs.baseUrl).host, 'hub.lan:3000'],
      [`${site.broker.host}:${site.broker.port}`, 'hub.lan:1883'],
      [port, '/dev/ttyUSB0'],
      [firmware, 'ESP32_GENERIC.bin'],
      [folder, '~/lamp'],
      [site.token, '********'],
      [site.accessPoint.password, '********'],
      ['127.0.0.1', 'hub.lan'],
    ]);
    await prepare(folder);
    const push = async () => {
      const [owner, name] = site.repository.split('/');
      await site.gogs.push(owner, name, folder, ['HEAD:refs/heads/main']);
      return (await run('git', ['rev-parse', 'HEAD'], { cwd: folder })).stdout.trim();
    };
    await push();
    await writeFile(firmware, sampleFirmware());

    await shell.ota(
      ['init', '--branch', 'main'],
      [
        ['Name of the node', 'lamp'],
        ['WiFi network', site.accessPoint.ssid],
        ['WiFi password', site.accessPoint.password, true],
        ['MQTT broker', broker],
        ['User name at the broker', ''],
        ['Repository', remote],
        ['Token of a Gogs user', site.token, true],
      ],
    );
    await shell.ota(['deploy', '--port', port, '--file', firmware, '--yes']);
    await writeFile(join(folder, 'src/main.py'), application('0.1'));
    await shell.git(['commit', '--quiet', '--all', '--message', 'Blink faster']);
    await shell.show('git push', push);
    const commit = (await run('git', ['rev-parse', '--short=10', 'HEAD'], { cwd: folder })).stdout.trim();
    await shell.ota(['trigger', '--all', '--until', commit]);
    await shell.ota(['status']);
    await rm(firmware);
    return shell.cast;
  } finally {
    await site.close();
    await rm(folder, { recursive: true });
  }
}

async function prepare(folder) {
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/main.py'), application('1'));
  const git = (...args) => run('git', args, { cwd: folder });
  await git('init', '--quiet');
  await git('config', 'user.name', 'user');
  await git('config', 'user.email', 'user@example.test');
  await git('add', 'src');
  await git('commit', '--quiet', '-m', 'Blink');
}

/** A warning that is true of this machine only: the site is on its loopback, where a home network has a hub. */
function isOfLoopback(text) {
  return text.includes('is this computer: a node on the network cannot reach it');
}

/** A terminal with a shell's prompt, whose commands are called and not started. */
class Shell {
  cast = new Cast({ columns, rows, title });
  #folder;
  #replacements;
  #last = performance.now();
  #isEcho = false;

  constructor(folder, replacements) {
    this.#folder = folder;
    this.#replacements = replacements;
  }

  /** @param answers to questions: text before, what is typed, and whether it does not show. */
  async ota(argv, answers = []) {
    this.#type(`ota ${argv.join(' ')}`);
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const left = [...answers];
    let heard = '';
    const output = {
      isTTY: true,
      columns,
      rows,
      write: (data) => {
        const text = this.#withoutEcho(Buffer.from(data).toString('utf8'));
        if (text === '' || isOfLoopback(text)) return;
        this.#show(text);
        heard += text;
        const [question, answer, isSecret = false] = left[0] ?? [];
        if (question === undefined || !heard.includes(question)) return;
        heard = '';
        left.shift();
        setTimeout(() => {
          if (!isSecret) this.#keys(answer);
          this.#isEcho = true;
          stdin.write(`${answer}\r`);
        }, 50);
      },
    };
    const code = await main(argv, {
      ...{ stdin, stdout: output, stderr: output, cwd: this.#folder },
      env: { TERM: 'xterm' },
      signal: AbortSignal.timeout(180_000),
    });
    if (code !== 0)
      throw new Error(`"ota ${argv.join(' ')}" ended with ${code}: ${this.cast.events.at(-1)?.[2]}`);
    if (left.length > 0) throw new Error(`"ota ${argv[0]}" did not ask "${left[0][0]}"`);
  }

  async git(args) {
    const words = args.map((word) => (word.includes(' ') ? `"${word}"` : word));
    await this.show(`git ${words.join(' ')}`, () => run('git', args, { cwd: this.#folder }));
  }

  /** A command that says nothing when all is well. */
  async show(line, work) {
    this.#type(line);
    await work();
  }

  #type(line) {
    this.#last = performance.now();
    this.cast.write(prompt, 1);
    this.#keys(line);
    this.cast.write('\r\n', 0.3);
  }

  #keys(text) {
    for (const key of this.#clean(text)) this.cast.write(key, keySeconds);
  }

  /** Keys come back one by one, in which no address can be replaced: they were shown when they were typed. */
  #withoutEcho(text) {
    if (!this.#isEcho) return text;
    const end = text.indexOf('\n');
    if (end < 0) return '';
    this.#isEcho = false;
    return text.slice(end);
  }

  #show(text) {
    const now = performance.now();
    const after = Math.min((now - this.#last) / 1000, longestWait);
    this.#last = now;
    this.cast.write(this.#clean(text).replaceAll(/\r?\n/g, '\r\n'), after);
  }

  #clean(text) {
    let clean = text;
    for (const [from, to] of this.#replacements) clean = clean.replaceAll(from, to);
    return clean;
  }
}
