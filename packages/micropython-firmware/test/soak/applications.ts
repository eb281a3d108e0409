import type { Random } from '../helpers/random.ts';

/** A version of the application: the files of `src/`, and whether a node may keep it. */
export interface Release {
  readonly name: string;
  readonly isGood: boolean;
  readonly files: Readonly<Record<string, string>>;
}

/** What a good application does, and a bad one before it fails: it says its name every ten seconds. */
function living(name: string, ...failing: string[]): string {
  return `import time

from src import modules


def start(env):
    mqtt_pub, wdt = env["mqtt_pub"], env["wdt"]
    started = time.ticks_ms()
    while True:
        print("BEAT ${name}")
        mqtt_pub("alive", "${name} %d" % modules.TOTAL)
        for _ in range(5):
            wdt.feed()
            time.sleep(2)
${failing.map((line) => `        ${line}\n`).join('')}`;
}

const failures: readonly ((name: string) => string)[] = [
  () => 'def start(env)\n    pass\n',
  () => 'import no_such_module\n',
  () => 'def begin(env):\n    pass\n',
  () => 'def start(env):\n    raise ValueError("bad")\n',
  () => 'def start(env):\n    while True:\n        pass\n',
  () => 'def start(env):\n    import time\n\n    while True:\n        time.sleep(5)\n',
  () => 'def start(env):\n    import sys\n\n    sys.exit()\n',
  (name) => living(name, 'if time.ticks_diff(time.ticks_ms(), started) > 15000:', '    raise OSError(5)'),
  (name) => living(name, 'while time.ticks_diff(time.ticks_ms(), started) > 15000:', '    pass'),
];

/** The next version: some modules are as before, some new, some changed, some gone. */
export function nextRelease(
  random: Random,
  number: number,
  before: Release | undefined,
  isGood: boolean,
): Release {
  const name = `${isGood ? 'good' : 'bad'}${number}`;
  const modules: Record<string, string> = {};
  for (const [path, text] of Object.entries(before?.files ?? {})) {
    if (path.startsWith('modules/m') && random.next() < 0.7) modules[path] = text;
  }
  for (let count = random.below(4); count >= 0; count--) {
    const lines = Array.from({ length: 1 + random.below(120) }, () => `VALUE = ${random.below(1e6)}\n`);
    modules[`modules/m${random.below(12)}.py`] = lines.join('');
  }
  const names = Object.keys(modules).map((path) => path.slice('modules/'.length, -'.py'.length));
  modules['modules/__init__.py'] =
    `${names.map((each) => `from src.modules import ${each}\n`).join('')}\nTOTAL = ${names.map((each) => `${each}.VALUE`).join(' + ')}\n`;
  const bad = random.pick(failures);
  return { name, isGood, files: { ...modules, 'main.py': isGood || !bad ? living(name) : bad(name) } };
}
