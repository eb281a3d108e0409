import { Status } from '../syscalls.ts';
import type { Host } from './host.ts';
import type { Interpreter } from './interpreter.ts';

const key = { ctrlA: 0x01, ctrlB: 0x02, ctrlC: 0x03, ctrlD: 0x04, ctrlE: 0x05, letterA: 0x41 } as const;
/** py/repl and pyexec.c: returned by the REPL when it wants a soft reset. */
const forcedExit = 0x100;
/** Half of MICROPY_REPL_STDIN_BUFFER_MAX, as the ESP32 port has it (shared/runtime/pyexec.c, do_reader_stdin). */
const rawPasteWindow = 128;
const rawBanner = 'raw REPL; CTRL-B to exit\r\n';

/**
 * The console at the prompt. The friendly and the raw REPL are MicroPython's own, fed byte by byte; raw paste, which this
 * port cannot do because it reads its source from a stdin that is always empty, is spoken here and its source handed to
 * MicroPython whole.
 */
export class Repl {
  readonly #interpreter: Interpreter;
  readonly #host: Host;
  #raw = false;
  /** In the raw REPL: nothing typed since its `>`. */
  #lineEmpty = true;
  #input: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(interpreter: Interpreter, host: Host) {
    this.#interpreter = interpreter;
    this.#host = host;
  }

  /** Serves the console until somebody asks for a soft reset. @returns whether the raw REPL was on. */
  run(startRaw: boolean): boolean {
    this.#interpreter.micropython.replInit();
    if (startRaw) this.#feed(key.ctrlA);
    for (;;) {
      if (this.#step(this.#read())) return this.#raw;
    }
  }

  #step(byte: number): boolean {
    if (this.#raw && byte === key.ctrlE && this.#lineEmpty) return this.#maybeRawPaste();
    return this.#feed(byte);
  }

  #feed(byte: number): boolean {
    const { micropython } = this.#interpreter;
    let said = '';
    if (byte === key.ctrlA && !this.#raw) {
      said = this.#host.watch(() => {
        micropython.replProcessChar(byte);
      });
    } else {
      // A line or a piece of raw code may run now: Ctrl-C interrupts it, and is a plain character at the prompt.
      const runs = byte === 0x0d || byte === 0x0a || byte === key.ctrlD;
      if (runs) this.#host.interruptChar = key.ctrlC;
      const result = micropython.replProcessChar(byte);
      this.#host.interruptChar = -1;
      if (result & forcedExit) return true;
    }
    if (said.includes(rawBanner)) this.#raw = true;
    if (this.#raw && byte === key.ctrlB) this.#raw = false;
    this.#lineEmpty = byte === key.ctrlA || byte === key.ctrlC || byte === key.ctrlD;
    return false;
  }

  /** Ctrl-E has come at the start of a raw line: `A` and Ctrl-A make it a raw paste (docs.micropython.org, "raw paste mode"). */
  #maybeRawPaste(): boolean {
    const command = this.#read();
    if (command !== key.letterA) {
      const unsupported = 'R\x00';
      this.#say(unsupported);
      this.#read();
      this.#say('>');
      return false;
    }
    if (this.#read() !== key.ctrlA) return false;
    this.#say(Uint8Array.of(0x52, 0x01, rawPasteWindow, 0, 0x01));
    const source: number[] = [];
    for (let left = rawPasteWindow; ;) {
      const byte = this.#read();
      if (byte === key.ctrlC) {
        this.#say('\x04\x04KeyboardInterrupt: \r\n\x04>');
        return false;
      }
      if (byte === key.ctrlD) break;
      source.push(byte);
      if (--left === 0) {
        this.#say('\x01');
        left = rawPasteWindow;
      }
    }
    this.#say('\x04');
    const { exit, traceback } = this.#interpreter.execute(Uint8Array.from(source));
    this.#say('\x04');
    if (exit) return true;
    this.#say(`${traceback.replaceAll('\n', '\r\n')}\x04>`);
    return false;
  }

  #say(words: string | Uint8Array): void {
    for (const byte of Buffer.from(words)) this.#host.writeRaw(byte);
    this.#host.flush();
  }

  #read(): number {
    while (this.#position >= this.#input.length) {
      if (this.#host.call('stdin.read', -1) === Status.timersDue) {
        this.#interpreter.execute(Buffer.from("__import__('_node').run_callbacks()"));
        continue;
      }
      this.#input = this.#host.bytes();
      this.#position = 0;
    }
    return this.#input[this.#position++] ?? 0;
  }
}
