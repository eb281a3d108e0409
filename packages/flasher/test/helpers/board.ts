import {
  EspRomLoader,
  plugIn,
  type ConsoleCable,
  type EspRomLoaderOptions,
  type LinkModel,
} from '@ota/testbed';
import { onTestFinished } from 'vitest';
import { connectPort, type Flasher } from '../../src/flasher.ts';
import type { ConnectOptions } from '../../src/flasher-options.ts';
import { StreamPort } from '../../src/port/stream-port.ts';

export interface BoardOptions extends EspRomLoaderOptions {
  link?: LinkModel;
  /** False for a cable that carries bytes alone, as a socket or a pseudo-terminal. */
  hasLines?: boolean;
  usbVendorId?: number;
  usbProductId?: number;
}

export interface Board {
  chip: EspRomLoader;
  port: StreamPort;
  /** The cable that is plugged in now. */
  cable: () => ConsoleCable;
  /** Ports opened and not yet closed. */
  openPorts: () => number;
  /** Every state of the lines since the port was opened first: `D1R0` is DTR asserted, RTS not. */
  lines: string[];
}

/** A board with a chip on a serial adapter. What the cable does with bytes and lines is what `link` says. */
export function makeBoard(options: BoardOptions = {}): Board {
  const { link, hasLines = true, usbVendorId, usbProductId, ...chipOptions } = options;
  const chip = new EspRomLoader(hasLines ? chipOptions : { powerUp: 'download', ...chipOptions });
  const cables: ConsoleCable[] = [];
  const lines: string[] = [];
  const port = new StreamPort({
    usbVendorId,
    usbProductId,
    open: (baudRate) => {
      const cable = plugIn(chip, link);
      cables.push(cable);
      chip.setHostBaud(baudRate);
      return Promise.resolve({
        stream: cable,
        ...(hasLines && {
          setSignals: ({ dtr, rts }: { dtr: boolean; rts: boolean }) => {
            lines.push(`D${Number(dtr)}R${Number(rts)}`);
            chip.setLines({ dtr, rts });
            return Promise.resolve();
          },
        }),
        setBaudRate: (baud: number) => {
          chip.setHostBaud(baud);
          return Promise.resolve();
        },
      });
    },
  });
  onTestFinished(async () => {
    for (const cable of cables) cable.destroy();
    await chip.close();
  });
  return {
    chip,
    port,
    lines,
    cable: () => {
      const cable = cables.at(-1);
      if (cable === undefined) throw new Error('no cable is plugged in');
      return cable;
    },
    openPorts: () => cables.filter((cable) => !cable.destroyed).length,
  };
}

/** Commands are answered at once here: whoever waits longer than this waits for nothing. */
export const patience = { commandMs: 250 } satisfies ConnectOptions;

export async function connectTo(board: Board, options: ConnectOptions = {}): Promise<Flasher> {
  const flasher = await connectPort(board.port, { ...patience, ...options });
  onTestFinished(() => flasher.close());
  return flasher;
}
