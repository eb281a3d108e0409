import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { sampleFirmware } from '@ota/testbed';

const applicationSize = 1_600_000;
/** MicroPython's `.bin` for an ESP32 shrinks to 64 % of its size; its WebAssembly alone would shrink to 45 %. */
const codeShare = 0.65;
const pieceBytes = 1000;

/** A firmware of the size and the compressibility of MicroPython's: pieces of its WebAssembly, and noise between them. */
export async function microPythonLikeFirmware(): Promise<Uint8Array> {
  const wasm = createRequire(import.meta.url).resolve(
    '@micropython/micropython-webassembly-pyscript/micropython.wasm',
  );
  const code = await readFile(wasm);
  const contents = Buffer.alloc(applicationSize);
  let state = 1;
  let read = 0;
  for (let at = 0; at < contents.length; at += pieceBytes) {
    const codeBytes = Math.round(pieceBytes * codeShare);
    // From another place each time round, far beyond what deflate remembers.
    code.copy(contents, at, read, read + codeBytes);
    read = (read + codeBytes) % (code.length - pieceBytes);
    for (let index = at + codeBytes; index < Math.min(at + pieceBytes, contents.length); index += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      contents[index] = state >>> 24;
    }
  }
  return sampleFirmware({ chip: 'esp32', contents });
}
