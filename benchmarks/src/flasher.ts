import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, serialPort } from '@ota/flasher';
import { EspRomLoader, findTool, servePty, type LinkModel } from '@ota/testbed';
import { ESPLoader, Transport } from 'esptool-js';
import { WireMeter } from './device-fs-wire.ts';
import { microPythonLikeFirmware } from './flasher-image.ts';
import { keep } from './keep.ts';
import type { Row } from './row.ts';

const execute = promisify(execFile);

/** A UART at 460800 baud behind a USB adapter: 1 ms each way. */
const link: LinkModel = { baud: 460_800, latencyMs: 1 };
const offset = 0x1000;
const sectorSize = 0x1000;
const timeoutMs = 300_000;

const first = 'first flash';
const again = 'the same image again';
const oneSector = 'one sector changed';

interface Contender {
  tool: string;
  /** Writes the image to a chip that waits in its loader, and verifies it. */
  flash: (port: string, image: Uint8Array, file: string) => Promise<void>;
}

/**
 * The same image onto the same simulated chip, through one link model on a pseudo-terminal, by each tool as it comes. The
 * chip itself takes no time to erase, write and hash. Seconds are those on the wire: how long Python takes to start costs nobody
 * anything.
 */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ota-bench-'));
  try {
    const image = await microPythonLikeFirmware();
    const rows: Row[] = [];
    for (const contender of contenders()) rows.push(...(await measure(contender, folder, image)));
    rows.sort((a, b) => order(a) - order(b));
    await keep('flasher', rows); // packages/flasher/README.md has them
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the promises of the flasher's README that the rows break. */
export function check(rows: readonly Row[]): string[] {
  const seconds = (scenario: string, tool: string) =>
    rows.find((row) => row.scenario === scenario && row.tool === tool)?.seconds ?? NaN;
  const ours = '@ota/flasher';
  const bounds: [holds: boolean, broken: string][] = [
    [rows.every((row) => row['on the chip'] === 'yes'), 'a tool did not leave the image on the chip'],
    [seconds(first, ours) <= seconds(first, 'esptool'), 'the first flash is slower than by esptool'],
    [
      seconds(again, ours) * 5 <= seconds(again, 'esptool'),
      'the same image again is not 5 times faster than by esptool',
    ],
    [
      seconds(oneSector, ours) * 10 < seconds(first, ours),
      'one changed sector takes a tenth of the first flash or more',
    ],
  ];
  return bounds.filter(([holds]) => !holds).map(([, broken]) => broken);
}

const order = ({ scenario }: Row): number => [first, again, oneSector].indexOf(scenario);

async function measure(contender: Contender, folder: string, image: Uint8Array): Promise<Row[]> {
  const chip = new EspRomLoader({ powerUp: 'download' });
  const changed = Uint8Array.from(image);
  const middle = Math.floor(image.length / 2 / sectorSize) * sectorSize;
  changed.fill(0, middle, middle + sectorSize);
  const rows: Row[] = [];
  try {
    for (const [scenario, contents] of [
      [first, image],
      [again, image],
      [oneSector, changed],
    ] as const) {
      const file = join(folder, 'firmware.bin');
      await writeFile(file, contents);
      chip.pressReset({ boot: true });
      const before = chip.commands.length;
      const meter = new WireMeter(chip, true);
      const terminal = await servePty(meter, { link });
      try {
        await contender.flash(terminal.path, contents, file);
      } finally {
        await terminal.close();
      }
      const { bytesToNode, bytesFromNode, turnArounds } = meter;
      const onChip = chip.flash.bytes.subarray(offset, offset + contents.length);
      rows.push({
        ...{ scenario, tool: contender.tool, seconds: meter.wireSeconds() },
        ...{ bytesToNode, bytesFromNode, commands: chip.commands.length - before, turnArounds },
        'on the chip': Buffer.from(onChip).equals(contents) ? 'yes' : 'no',
      });
    }
  } finally {
    await chip.close();
  }
  return rows;
}

function contenders(): Contender[] {
  const esptool = findTool('esptool');
  if (esptool === undefined) throw new Error('esptool is not installed: put it in PATH or set OTA_ESPTOOL');
  return [
    {
      tool: '@ota/flasher',
      flash: async (port, data) => {
        await using flasher = await connect(port, { reset: 'none', after: 'stay' });
        // As data: with a sector changed it is no firmware any more, its checksum and SHA-256 being the old ones.
        await flasher.writeFlash([{ data, offset, type: 'data' }]);
      },
    },
    {
      tool: 'esptool',
      flash: async (port, _, file) => {
        const connection = [
          '--port',
          port,
          '--before',
          'no-reset',
          '--after',
          'no-reset',
          '--baud',
          '460800',
        ];
        await execute(esptool, [...connection, 'write-flash', String(offset), file], { timeout: timeoutMs });
      },
    },
    { tool: 'esptool-js', flash: flashByEsptoolJs },
  ];
}

/** esptool-js alone, over the same facade; as it comes it would verify nothing, so it is given a digest. */
async function flashByEsptoolJs(port: string, image: Uint8Array): Promise<void> {
  const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
  const transport = new Transport(serialPort(port) as unknown as ConstructorParameters<typeof Transport>[0]);
  transport.trace = () => undefined;
  const loader = new ESPLoader({ transport, baudrate: 460_800, romBaudrate: 115_200, terminal });
  await loader.main('no_reset');
  await loader.writeFlash({
    fileArray: [{ data: image, address: offset }],
    ...{ flashMode: 'keep', flashFreq: 'keep', flashSize: 'keep', eraseAll: false, compress: true },
    calculateMD5Hash: (data) => createHash('md5').update(data).digest('hex'),
  });
  await transport.disconnect();
}
