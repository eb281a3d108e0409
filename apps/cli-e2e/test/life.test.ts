import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sampleFirmware, Site, startRealGogs, type GogsServer, type SimulatedBoard } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { ota, type OtaResult } from './ota.ts';

const run = promisify(execFile);
const stepMs = 90_000;

interface Row {
  readonly name: string;
  readonly online: boolean;
  readonly version: string | null;
  readonly previous: string | null;
  readonly state: string | null;
  readonly error: string | null;
}

/** A user with a bare board, a repository on the server, and an empty folder for a project. */
class User {
  readonly site: Site<GogsServer>;
  readonly board: SimulatedBoard;
  readonly folder: string;
  /** The board's, for the commands that are about it. */
  readonly port: readonly string[];
  readonly #env: Record<string, string>;

  private constructor(site: Site<GogsServer>, board: SimulatedBoard, folder: string, port: string) {
    this.site = site;
    this.board = board;
    this.folder = folder;
    this.port = ['--port', port];
    this.#env = {
      OTA_WIFI_PASSWORD: site.accessPoint.password,
      OTA_GOGS_TOKEN: site.token,
    };
  }

  static async create(): Promise<User> {
    const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
    onTestFinished(() => site.close());
    // Four of the node's seconds in one of ours: trials and pauses are long.
    const board = await site.addBoard({ chip: 'esp32', node: { name: 'lamp', timeScale: 4 } });
    const folder = await mkdtemp(join(tmpdir(), 'ota-life-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return new User(site, board, folder, await board.serve('rfc2217'));
  }

  ota(...argv: string[]): Promise<OtaResult> {
    return ota(argv, { cwd: this.folder, env: this.#env });
  }

  /** What a command prints for programs. */
  async json<T>(...argv: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.ota(...argv, '--json');
    expect({ code, stderr: code === 0 ? '' : stderr }, argv.join(' ')).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  }

  async status(): Promise<Row | undefined> {
    const { nodes } = await this.json<{ nodes: Row[] }>('status');
    return nodes[0];
  }

  async git(...args: string[]): Promise<string> {
    const identity = ['-c', 'user.name=user', '-c', 'user.email=user@example.test'];
    const { stdout } = await run('git', [...identity, ...args], { cwd: this.folder });
    return stdout.trim();
  }

  /** Writes an application, commits and pushes it. @returns the commit id. */
  async release(name: string, body: string): Promise<string> {
    await mkdir(join(this.folder, 'src'), { recursive: true });
    await writeFile(join(this.folder, 'src/main.py'), `"""${name}"""\n\n\ndef start(env):\n${body}`);
    await this.git('add', 'src', '.gitignore');
    await this.git('commit', '--quiet', '-m', name);
    const [owner = '', repository = ''] = this.site.repository.split('/');
    await this.site.gogs.push(owner, repository, this.folder, ['HEAD:refs/heads/main']);
    return this.git('rev-parse', 'HEAD');
  }
}

const good = `    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`;
const bad = '    raise ValueError("the lamp is broken")\n';

describeWithTools(['gogs', 'mosquitto', 'git'], "a user's whole life", () => {
  it(
    'goes from a bare board through updates and a bad release to its repair, all of it seen by ota status',
    { timeout: 300_000 },
    async () => {
      const user = await User.create();
      const { site, folder } = user;
      await user.git('init', '--quiet');
      await writeFile(join(folder, '.gitignore'), '*.bin\n');
      // What nobody is asked for stays: here what makes this test short.
      const short = '{"resetJitter": 0, "trialSeconds": 4, "trialBoots": 1}';
      await writeFile(join(folder, 'nodesettings.py'), `settings = ${short}\n`);
      const one = await user.release('version one', good);

      // A new project: every answer is tried before it is written.
      const broker = `mqtt://127.0.0.1:${site.broker.port}`;
      const gogs = `${site.gogs.baseUrl}/${site.repository}`;
      const answers = ['--node', 'lamp', '--wifi', site.accessPoint.ssid, '--broker', broker];
      const init = await user.ota('init', '--yes', ...answers, '--gogs', gogs, '--branch', 'main');
      expect(init.code, init.stderr).toBe(0);
      for (const file of ['wifisettings.py', 'nodesettings.py']) {
        expect((await stat(join(folder, file))).mode & 0o777).toBe(
          process.platform === 'win32' ? 0o666 : 0o600,
        );
        expect(await readFile(join(folder, '.gitignore'), 'utf8')).toContain(file);
      }
      expect(init.stdout + init.stderr).not.toContain(site.token);

      // The services are well; the board has nothing on it yet.
      expect((await user.ota('doctor', '--services')).code).toBe(0);
      const bare = await user.ota('doctor', ...user.port);
      expect(bare.code).toBe(3);

      const firmware = join(folder, 'firmware.bin');
      await writeFile(firmware, sampleFirmware());
      const deploy = await user.ota('deploy', ...user.port, '--yes', '--file', firmware);
      expect(deploy.code, deploy.stderr).toBe(0);
      await until(user, { online: true, version: one, state: 'confirmed', error: null });
      const doctor = await user.ota('doctor', ...user.port);
      expect(doctor.code, doctor.stdout + doctor.stderr).toBe(0);
      await until(user, { online: true, version: one });

      const two = await user.release('version two', good);
      await user.json('trigger', 'lamp', '--until', two);
      await until(user, { version: two, previous: one, state: 'confirmed' });

      // It crashes: the node returns by itself, says why, and does not take it again.
      const three = await user.release('version three', bad);
      await user.ota('trigger', 'lamp');
      await until(user, { version: two, state: 'reverted' });
      expect((await user.status())?.error).toContain('the lamp is broken');
      const again = await user.ota('trigger', 'lamp', '--json');
      expect(again.code).toBe(1);
      expect(again.stdout).toContain(three);

      const four = await user.release('version four', good);
      await user.json('trigger', 'lamp', '--until', four.slice(0, 10));
      await until(user, { version: four, state: 'confirmed', error: null });

      // And back once more, by hand.
      await user.json('rollback', 'lamp', '--yes');
      await until(user, { version: two, state: 'reverted' });
    },
  );
});

async function until(user: User, wanted: Partial<Row>): Promise<void> {
  await expect.poll(() => user.status(), { timeout: stepMs, interval: 200 }).toMatchObject(wanted);
}
