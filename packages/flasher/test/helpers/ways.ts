import {
  EspRomLoader,
  plugIn,
  servePty,
  serveOnTcp,
  serveRfc2217,
  type EspRomLoaderOptions,
} from '@ota/testbed';
import { onTestFinished } from 'vitest';
import { connect } from '../../src/connect.ts';
import type { Flasher } from '../../src/flasher.ts';
import type { ConnectOptions } from '../../src/flasher-options.ts';
import type { FlashPort } from '../../src/port/flash-port.ts';
import { StreamPort } from '../../src/port/stream-port.ts';

/** A way from the flasher to a chip. */
export interface Way {
  name: string;
  /** Programs that it needs. */
  tools: readonly 'socat'[];
  /** Whether DTR and RTS come along; without them a person presses the buttons. */
  hasLines: boolean;
  /** The rate in the end, with the stub. */
  baud: number;
  /** @returns what `connect` takes, and what frees it. */
  serve: (chip: EspRomLoader) => Promise<{ port: string | FlashPort; close: () => Promise<void> }>;
}

function inProcess(chip: EspRomLoader): FlashPort {
  return new StreamPort({
    open: (baudRate) => {
      chip.setHostBaud(baudRate);
      return Promise.resolve({
        stream: plugIn(chip),
        setSignals: (lines) => {
          chip.setLines(lines);
          return Promise.resolve();
        },
        setBaudRate: (baud) => {
          chip.setHostBaud(baud);
          return Promise.resolve();
        },
      });
    },
  });
}

export const ways: readonly Way[] = [
  {
    ...{ name: 'a cable', tools: [], hasLines: true, baud: 460_800 },
    serve: (chip) => Promise.resolve({ port: inProcess(chip), close: () => Promise.resolve() }),
  },
  {
    ...{ name: 'node-serialport on a pseudo-terminal', tools: ['socat'], hasLines: false, baud: 460_800 },
    serve: async (chip) => {
      const { path, close } = await servePty(chip);
      return { port: path, close };
    },
  },
  {
    ...{ name: 'TCP', tools: [], hasLines: false, baud: 115_200 },
    serve: async (chip) => {
      chip.setHostBaud(115_200);
      const { port, close } = await serveOnTcp(chip);
      return { port: `socket://127.0.0.1:${port}`, close };
    },
  },
  {
    ...{ name: 'RFC 2217', tools: [], hasLines: true, baud: 460_800 },
    serve: async (chip) => {
      const { port, close } = await serveRfc2217(chip);
      return { port: `rfc2217://127.0.0.1:${port}`, close };
    },
  },
];

/** A chip at the end of a way; where that has no lines, somebody has pressed its buttons. */
export async function reach(
  way: Way,
  options: EspRomLoaderOptions,
): Promise<{ chip: EspRomLoader; connect: (options: ConnectOptions) => Promise<Flasher> }> {
  const chip = new EspRomLoader({ ...options, powerUp: way.hasLines ? 'run' : 'download' });
  const { port, close } = await way.serve(chip);
  onTestFinished(async () => {
    await close();
    await chip.close();
  });
  return {
    chip,
    connect: async (connectOptions) => {
      const flasher = await connect(port, connectOptions);
      onTestFinished(() => flasher.close());
      return flasher;
    },
  };
}
