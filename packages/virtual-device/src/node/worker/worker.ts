import { createHash, randomFillSync, type Hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Host } from './host.ts';
import { Interpreter } from './interpreter.ts';
import { Repl } from './repl.ts';
import { flashFileSystem } from './flash-fs.ts';
import type { BootParameters, SyscallArgument } from '../syscalls.ts';

/** One boot of a node: firmware modules, boot.py, main.py, then the REPL, in the ESP32 port's order (ports/esp32/main.c). */
async function boot(parameters: BootParameters): Promise<void> {
  if (!parentPort) throw new Error('worker.js runs in a worker thread; start a VirtualNode instead');
  const host = new Host(parentPort, parameters.control, parameters.text);
  host.interruptChar = -1;
  const interpreter = await Interpreter.load(parameters, host);
  host.post({ kind: 'ready', memory: interpreter.memory, interrupt: interpreter.interruptWords() });
  registerHostModule(interpreter, host, parameters);
  mountFlash(interpreter, host);
  installFirmware(interpreter, parameters.firmware);
  host.call('boot.started');

  let raw = parameters.rawRepl;
  if (!(parameters.bootFiles && runBootFiles(interpreter, host, raw))) {
    raw = new Repl(interpreter, host).run(raw);
  }
  for (const byte of Buffer.from('MPY: soft reboot\r\n')) host.writeRaw(byte);
  host.call('reset.soft', raw);
}

/** @returns true where a program asked for a soft reset (SystemExit). */
function runBootFiles(interpreter: Interpreter, host: Host, raw: boolean): boolean {
  const boot = runFile(interpreter, host, 'boot.py');
  if (boot.exit) return true;
  // Since MicroPython 1.22 main.py is left out when boot.py raised; in the raw REPL it never runs after a soft reset.
  if (!boot.ok || raw) return false;
  return runFile(interpreter, host, 'main.py').exit;
}

function runFile(interpreter: Interpreter, host: Host, name: string): { ok: boolean; exit: boolean } {
  if (host.call('fs.stat', `/${name}`) < 0) return { ok: true, exit: false };
  const source = `import _firmware
_firmware.run(${JSON.stringify(name)}, globals())`;
  const outcome = interpreter.execute(Buffer.from(source));
  if (!outcome.ok && !outcome.exit) {
    for (const byte of Buffer.from(outcome.traceback)) host.write(byte);
    host.flush();
  }
  return outcome;
}

function mountFlash(interpreter: Interpreter, host: Host): void {
  const { FS } = interpreter.micropython;
  FS.mkdir('/flash');
  FS.mount(flashFileSystem(FS, host), {}, '/flash');
}

function installFirmware(interpreter: Interpreter, firmware: Readonly<Record<string, string>>): void {
  const { FS } = interpreter.micropython;
  FS.mkdir('/firmware');
  for (const [path, source] of Object.entries(firmware)) {
    const folder = path.split('/').slice(0, -1).join('/');
    if (folder) makeDirectory(FS, `/firmware/${folder}`);
    FS.writeFile(`/firmware/${path}`, source);
  }
  const outcome = interpreter.execute(
    Buffer.from(`import sys
sys.path.insert(0, '/firmware')
import _firmware
_firmware.install()
for name in list(globals()):
    if not name.startswith('__'):
        del globals()[name]
del name`),
    false, // on a board these are C: a Ctrl-C this early is a byte for the prompt
  );
  if (!outcome.ok) throw new Error(`the node's firmware modules do not load:\n${outcome.traceback}`);
}

function makeDirectory(fs: Interpreter['micropython']['FS'], path: string): void {
  try {
    fs.mkdir(path);
  } catch (error) {
    const exists = 20; // Emscripten's EEXIST
    if (!(error instanceof Error && 'errno' in error && error.errno === exists)) throw error;
  }
}

/** `_host`: what the firmware's Python modules call. A JavaScript exception would tear MicroPython down, so none is thrown. */
function registerHostModule(interpreter: Interpreter, host: Host, parameters: BootParameters): void {
  const hashes = new Map<number, Hash>();
  let nextHash = 1;
  const sinceBoot = (): number =>
    (performance.timeOrigin + performance.now() - parameters.bootedAt) * parameters.timeScale;
  interpreter.micropython.registerJsModule('_host', {
    call: (name: string, ...args: SyscallArgument[]) => host.call(name, ...args),
    text: () => host.text(),
    /** Milliseconds since boot, wrapped as MicroPython's ticks are (30 bits). */
    ticks_ms: () => Math.floor(sinceBoot()) & 0x3fffffff,
    ticks_us: () => Math.floor((sinceBoot() * 1000) % 0x40000000),
    feed: () => {
      host.feedWatchdog(Math.floor(sinceBoot()));
    },
    interrupt_char: (char: number) => {
      host.interruptChar = char;
    },
    write_raw: (address: number, length: number) => {
      for (const byte of interpreter.bytes(address, length)) host.writeRaw(byte);
    },
    hash_new: (algorithm: string) => {
      hashes.set(nextHash, createHash(algorithm));
      return nextHash++;
    },
    hash_update: (id: number, address: number, length: number) => {
      hashes.get(id)?.update(interpreter.bytes(address, length).slice());
    },
    hash_digest: (id: number, address: number) => {
      const digest = hashes.get(id)?.digest();
      hashes.delete(id);
      if (digest) interpreter.bytes(address, digest.length).set(digest);
    },
    random: (address: number, length: number) => {
      interpreter.bytes(address, length).set(randomFillSync(new Uint8Array(length)));
    },
  });
}

await boot(workerData as BootParameters);
