import type { BootParameters, InterruptWord } from '../syscalls.ts';
import { VirtualDeviceError } from '../../errors.ts';
import { renumberErrors, toEsp32 } from './errno.ts';
import type { MicroPythonInstance, MicroPythonLoader } from './emscripten.ts';
import type { Host } from './host.ts';

const interruptKey = 3;
const errnoTables = 2;
/** MicroPython's constants and state lie at the start of its memory; the heaps are beyond. */
const staticWords = (1024 * 1024) / Int32Array.BYTES_PER_ELEMENT;
const comparedWords = 1024;

/** What became of some Python: `exit` is SystemExit, which ends a board's program and soft-resets it. */
export interface Outcome {
  readonly ok: boolean;
  readonly exit: boolean;
  /** Traceback with `\n` line ends, empty where nothing was raised. */
  readonly traceback: string;
}

/** One MicroPython, loaded into shared memory. */
export class Interpreter {
  readonly micropython: MicroPythonInstance;
  readonly memory: WebAssembly.Memory;
  readonly #host: Host;

  private constructor(micropython: MicroPythonInstance, memory: WebAssembly.Memory, host: Host) {
    this.micropython = micropython;
    this.memory = memory;
    this.#host = host;
  }

  static async load(parameters: BootParameters, host: Host): Promise<Interpreter> {
    const loader = (await import(parameters.loader)) as MicroPythonLoader;
    const captured = captureMemory(parameters.module);
    try {
      const micropython = await loader.loadMicroPython({
        heapsize: parameters.heapBytes,
        linebuffer: false,
        stdout: (bytes) => {
          for (const byte of bytes) host.write(byte);
        },
        stderr: (bytes) => {
          for (const byte of bytes) host.write(byte);
        },
      });
      const memory = captured.memory();
      if (renumberErrors(new Int32Array(memory.buffer, 0, staticWords)) !== errnoTables) {
        throw new VirtualDeviceError(
          'MICROPYTHON_BUILD',
          'This MicroPython build has no errno tables of the known form.',
        );
      }
      return new Interpreter(micropython, memory, host);
    } finally {
      captured.restore();
    }
  }

  /** Runs source code (bytes: a board's compiler is 8-bit clean) at module level, Ctrl-C interrupting it unless told otherwise. */
  execute(source: Uint8Array, isInterruptible = true): Outcome {
    const { _module: module } = this.micropython;
    const code = module._malloc(source.length + 1);
    this.bytes(code, source.length).set(source);
    this.bytes(code + source.length, 1)[0] = 0;
    const result = module._malloc(12);
    if (isInterruptible) this.#host.interruptChar = interruptKey;
    try {
      module.ccall(
        'mp_js_do_exec',
        'number',
        ['pointer', 'number', 'pointer'],
        [code, source.length, result],
      );
    } finally {
      this.#host.interruptChar = -1;
      module._free(code);
    }
    // The answer is (kind, length, address) for an exception: its name, U+0004, its traceback.
    const words = new DataView(this.memory.buffer, result, 12);
    const exceptionKind = -1;
    let outcome: Outcome = { ok: true, exit: false, traceback: '' };
    if (words.getInt32(0, true) === exceptionKind) {
      const address = words.getInt32(8, true);
      const [name, traceback] = Buffer.from(this.bytes(address, words.getInt32(4, true)).slice())
        .toString('utf8')
        .split('\x04');
      outcome = { ok: false, exit: name === 'SystemExit', traceback: asOnBoard(traceback ?? '') };
      module._free(address);
    }
    module._free(result);
    return outcome;
  }

  /** A view of MicroPython's memory, good until MicroPython runs again. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** The words that a pending KeyboardInterrupt changes, found by setting one and taking it back. */
  interruptWords(): InterruptWord[] {
    const before = new Int32Array(this.memory.buffer, 0, staticWords).slice();
    this.micropython._module._mp_sched_keyboard_interrupt();
    const after = new Int32Array(this.memory.buffer, 0, staticWords);
    const words: InterruptWord[] = [];
    for (let start = 0; start < staticWords; start += comparedWords) {
      // Nearly all blocks are the same, which is told without looking at each word in JavaScript.
      if (bytesOf(before, start).equals(bytesOf(after, start))) continue;
      for (let index = start; index < start + comparedWords; index++) {
        const idle = before[index] ?? 0;
        const pending = after[index] ?? 0;
        if (idle === pending) continue;
        words.push({ index, idle, pending });
        after[index] = idle;
      }
    }
    return words;
  }
}

function bytesOf(words: Int32Array, start: number): Buffer {
  const { BYTES_PER_ELEMENT: size } = Int32Array;
  return Buffer.from(words.buffer, words.byteOffset + start * size, comparedWords * size);
}

/**
 * Leaves out the frames a board's traceback wouldn't have: those that run boot.py and main.py here, and those of modules that
 * are C on an ESP32 and Python here. Frozen Python modules keep theirs.
 */
function asOnBoard(traceback: string): string {
  return traceback
    .replace(/ {2}File "<stdin>".*\n {2}File "\/firmware\/_firmware\.py".*\n/, '')
    .replace(/ {2}File "\/firmware\/(?!umqtt|ntptime|ssl).*\n/g, '')
    .replaceAll('File "/firmware/', 'File "');
}

/**
 * Hands Emscripten the module that was compiled once for all nodes, keeps its memory, and translates error numbers where the
 * C library calls out.
 */
function captureMemory(module: WebAssembly.Module): { memory(): WebAssembly.Memory; restore(): void } {
  const original = WebAssembly.instantiate;
  let instance: WebAssembly.Instance | undefined;
  const instantiate = async (_: unknown, imports: WebAssembly.Imports): Promise<object> => {
    instance = await original(module, translateErrors(imports));
    return { instance, module };
  };
  WebAssembly.instantiate = instantiate as unknown as typeof WebAssembly.instantiate;
  return {
    memory: () => {
      const memory = instance?.exports['memory'];
      if (memory instanceof WebAssembly.Memory) return memory;
      throw new VirtualDeviceError('MICROPYTHON_BUILD', 'This MicroPython build does not export its memory.');
    },
    restore: () => {
      WebAssembly.instantiate = original;
    },
  };
}

type Import = (...args: unknown[]) => unknown;

function translateErrors(imports: WebAssembly.Imports): WebAssembly.Imports {
  const translate = (name: string, call: Import): Import => {
    if (name.startsWith('__syscall_')) {
      return (...args) => {
        const result = call(...args);
        return typeof result === 'number' && result < 0 ? -toEsp32(-result) : result;
      };
    }
    if (name.startsWith('fd_')) return (...args) => toEsp32(call(...args) as number);
    return call;
  };
  return Object.fromEntries(
    Object.entries(imports).map(([space, values]) => [
      space,
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          typeof value === 'function' ? translate(name, value as Import) : value,
        ]),
      ) as WebAssembly.ModuleImports,
    ]),
  );
}
