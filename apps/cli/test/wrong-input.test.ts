import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findTool } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { describe, expect, it } from 'vitest';
import { registry } from '../src/registry.ts';
import { errorSchema } from '../src/schemas/output-schema.ts';
import { folderWith } from './helpers/folder.ts';

const run = promisify(execFile);
const main = new URL('../dist/main.js', import.meta.url).href;

/** What each command says to each wrong input that it can be given: nothing is touched, and it ends with 2. */
const wrong: Record<string, readonly (readonly [argv: readonly string[], says: RegExp])[]> = {
  demo: [[['--speed'], /unknown option '--speed'.*"ota demo --help"/]],
  init: [
    [['--yes', '--broker', 'hub'], /hub is no broker's address/],
    [['--yes', '--gogs', 'ann/lamp'], /ann\/lamp is no repository's address/],
    [['--yes', '--gogs', 'me:sesame@git/ann/lamp'], /\*\*\*@git\/ann\/lamp is no|must hold no password/],
    [['--yes', '--node', 'a/b'], /must not hold/],
    [['--yes', '--node', 'a,b'], /must not hold/],
    [['--yes', '--settings', 'none'], /none is no directory here/],
    [['--yes', '--wifi', ''], /--wifi has a wrong value/],
  ],
  deploy: [
    [['--timeout', 'soon'], /number of 0 or more/],
    [['--force', 'me'], /it has to be image or/],
    [['--file', 'none.bin'], /none\.bin is no file here/],
    [['--settings', 'empty'], /wifisettings\.py is not in .*"ota init"/],
    [['--port', 'a,b'], /2 boards would all be "lamp"/],
    [['--node', 'a,b'], /--node names 2 nodes for 1 board:/],
    [['--all', '--port', 'a'], /exclude each other/],
    [['--flash'], /will be replaced.*--yes/],
  ],
  doctor: [[['--baud', 'fast'], /--baud has a wrong value/]],
  ports: [[['one'], /too many arguments/]],
  info: [[['--baud', '0'], /--baud has a wrong value/]],
  rsync: [
    [['none'], /none is no directory here/],
    [['--to', '/src'], /are for a directory: name one/],
    [['--delete'], /are for a directory: name one/],
    [['--protect', 'x'], /are for a directory: name one/],
    [['empty', '--delete'], /will be removed.*--yes/],
    [['empty', '--node', 'a'], /--node is for the settings/],
  ],
  image: [
    [['--yes', '--file', 'none.bin'], /none\.bin is no file here/],
    [['--yes', '--force', 'me'], /it has to be image or/],
    [['--flash-baud', 'x', '--yes'], /--flash-baud has a wrong value/],
    [[], /will be replaced.*--yes/],
  ],
  erase: [
    [['--yes', '--address', '0x1000'], /go together/],
    [['--yes', '--address', '5', '--length', '0x1000'], /whole sectors/],
    [['--yes', '--address', 'x', '--length', '1'], /has to be a number/],
    [[], /will be erased.*--yes/],
  ],
  reset: [[['hard'], /too many arguments/]],
  repl: [[['--port', 'a,b'], /works with one board, and --port names 2/]],
  ls: [[[''], /a path is empty/]],
  tree: [[[''], /a path is empty/]],
  cat: [
    [[], /missing required argument/],
    [[''], /a path is empty/],
    [['/x', '--port', 'a,b'], /works with one board, and --port names 2/],
  ],
  cp: [
    [['x'], /two paths at least/],
    [['x', 'y'], /no path is on the board/],
    [['none.py', ':/x.py'], /none\.py is no file here/],
    [['empty', ':/'], /empty is a directory: add --recursive/],
    [[':/x', 'here', '--port', 'a,b'], /several boards cannot be copied into one place/],
  ],
  mv: [[['/x'], /missing required argument/]],
  rm: [
    [[], /missing required argument/],
    [['/x'], /will be removed.*--yes/],
  ],
  mkdir: [[[], /missing required argument/]],
  df: [[['/x', '/y'], /too many arguments/]],
  sha256: [[[], /missing required argument/]],
  run: [[['none.py'], /none\.py is no file here/]],
  exec: [
    [[], /missing required argument/],
    [['1', '--timeout', 'soon'], /number of 0 or more/],
  ],
  mount: [[['none', 'main'], /none is no directory here/]],
  status: [
    [['--broker', 'http://hub'], /must be mqtt:\/\/host/],
    [['--broker', 'mqtt://me:sesame@hub'], /must not hold a user name/],
    [['--broker-ca', 'none.pem'], /cannot read .*none\.pem/],
    [['--config', 'none.json'], /cannot read .*none\.json/],
  ],
  watch: [[['--for', 'ever'], /number of 0 or more/]],
  logs: [[['--for', 'ever'], /number of 0 or more/]],
  trigger: [
    [[], /name the nodes/],
    [['kitchen', '--all'], /name the nodes/],
    [['--all', '--until', 'main'], /7 to 40 hex digits/],
    [['--all', '--service', 'x'], /are for --restart-broker/],
    [['--restart-broker'], /will lose its connection.*--yes/],
  ],
  rollback: [
    [[], /missing required argument/],
    [['kitchen'], /will leave the version.*--yes/],
  ],
  keygen: [
    [['none/key.pem'], /none is no directory here/],
    [['--bits', '7'], /it has to be 2048 or 3072 or 4096/],
  ],
  sign: [
    [['none'], /none is no directory here/],
    [['empty', '--key', 'none.pem'], /none\.pem cannot be read.*"ota keygen"/],
  ],
  completion: [[['tcsh'], /it has to be bash or zsh or fish/]],
  config: [[['--lines', 'up'], /it has to be on or off/]],
};
const cases = Object.entries(wrong).flatMap(([name, list]) =>
  list.map(([argv, says]) => ({ argv: [name, ...argv], says })),
);

interface Told {
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs all of them in one process, with this process's own stdin, and prints a line of JSON for each. */
const driver = `
import { main } from ${JSON.stringify(main)};
for (const argv of JSON.parse(process.env.CASES)) {
  const said = { stdout: '', stderr: '' };
  const to = (stream) => ({
    isTTY: stream.isTTY, columns: 300, rows: 24,
    write: (data) => { said[stream === process.stdout ? 'stdout' : 'stderr'] += data; stream.write(data); },
  });
  const code = await main(argv, {
    stdin: process.stdin, stdout: to(process.stdout), stderr: to(process.stderr),
    env: { OTA_PORT: '/dev/nowhere', OTA_BROKER: 'mqtt://127.0.0.1:9' }, cwd: process.env.FOLDER,
    signal: new AbortController().signal,
  });
  process.stdout.write('\\n@' + JSON.stringify({ argv, code, ...said }) + '\\n');
}
process.stdin.pause();
`;

async function folder(): Promise<string> {
  return folderWith({
    'driver.mjs': driver,
    'empty/.keep': '',
    'wifisettings.py': 'settings = {"wifiAP": "site", "mqtt_ip": "127.0.0.1", "mqtt_port": 9}\n',
    'nodesettings.py':
      'settings = {"controllerName": "lamp", "gogsRemote": "http://127.0.0.1:9/ann/lamp", "gogsToken": "t"}\n',
  });
}

function told(text: string): Told[] {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('@'));
  return lines.map((line) => JSON.parse(line.slice(1)) as Told);
}

function expectAll(all: readonly Told[], isTerminal: boolean): void {
  expect(all).toHaveLength(cases.length);
  for (const [at, { argv, code, stdout, stderr }] of all.entries()) {
    const { says } = cases[at] ?? { says: /^$/ };
    const isAsked = isTerminal && /--yes/.test(says.source);
    expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: '' });
    // On a terminal what would need --yes is asked for; the answer was no.
    const wanted = isAsked ? /Type "yes" to go on|nothing was done/ : says;
    expect(stderr, argv.join(' ')).toMatch(wanted);
    expect(stderr).not.toContain('sesame');
    if (!isAsked) expect(stderr.trimEnd().split('\n'), argv.join(' ')).toHaveLength(1);
  }
}

it('has a wrong input for every command', () => {
  expect(Object.keys(wrong).sort()).toEqual(registry.map(({ name }) => name).sort());
});

describe('a wrong input of any command', () => {
  const env = (cwd: string): NodeJS.ProcessEnv => ({
    ...{ PATH: process.env['PATH'], FOLDER: cwd, CASES: JSON.stringify(cases.map(({ argv }) => argv)) },
  });

  it(
    'ends with 2, one sentence on stderr and nothing on stdout, on a pipe',
    { timeout: 60_000 },
    async () => {
      const cwd = await folder();
      const running = run(process.execPath, ['driver.mjs'], { cwd, env: env(cwd) });
      running.child.stdin?.end();
      expectAll(told((await running).stdout), false);
    },
  );

  it('is JSON by its schema for a program', { timeout: 60_000 }, async () => {
    const cwd = await folder();
    const asJson = JSON.stringify(cases.map(({ argv }) => [...argv, '--json']));
    const running = run(process.execPath, ['driver.mjs'], { cwd, env: { ...env(cwd), CASES: asJson } });
    running.child.stdin?.end();
    for (const { code, stdout, stderr } of told((await running).stdout)) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(errorSchema.strict().parse(JSON.parse(stderr)).error.exitCode).toBe(2);
    }
  });

  describeWithTools(['socat'], 'on a real pseudo-terminal', () => {
    it('is the same, but for what is asked there', { timeout: 60_000 }, async () => {
      const cwd = await folder();
      const command = `EXEC:${process.execPath} driver.mjs,pty,setsid,ctty,stderr`;
      const running = run(findTool('socat') ?? 'socat', ['-', command], {
        cwd,
        env: { ...env(cwd), TERM: 'xterm' },
        maxBuffer: 8 * 1024 * 1024,
      });
      // Whatever is asked: no.
      let shown = '';
      let answered = 0;
      running.child.stdout?.on('data', (text: string) => {
        shown += text;
        // What was said is told once more in JSON, where the quotes have backslashes.
        const asked = shown.split('Type "yes" to go on: ').length - 1;
        for (; answered < asked; answered++) running.child.stdin?.write('no\r');
      });
      expectAll(told((await running).stdout), true);
    });
  });
});
