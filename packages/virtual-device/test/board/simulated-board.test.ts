import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sampleFirmware, SimulatedBoard, type SimulatedBoardOptions } from '../../src/index.ts';
import { findTool, type Tool } from '../../src/tools.ts';
import { describeWithTools } from '../../src/vitest.ts';
import { python } from '../node/helpers.ts';

const run = promisify(execFile);

async function makeBoard(options: SimulatedBoardOptions = {}): Promise<SimulatedBoard> {
  const board = await SimulatedBoard.create(options);
  onTestFinished(() => board.close());
  return board;
}

function temporaryFile(name: string, bytes: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'ota-board-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** A program on the board's port. @returns what it said. */
async function use(tool: Tool, ...words: string[]): Promise<string> {
  const { stdout } = await run(findTool(tool) ?? tool, words, { timeout: 60_000 });
  return stdout;
}

describe('a board from the factory', () => {
  it('has nothing to start, and says so', async () => {
    for (const chip of ['esp32', 'esp32s3', 'esp32c3'] as const) {
      const board = await makeBoard({ chip });
      board.pressReset();
      await board.waitForOutput(/SPI_FAST_FLASH_BOOT[^]*invalid header: 0xffffffff/);
      expect(board.node.isOn).toBe(false);
    }
  });

  it('has no files', async () => {
    const failure = SimulatedBoard.create({ node: { files: { '/main.py': '' } } });
    await expect(failure).rejects.toMatchObject({ code: 'BOARD_FILES' });
  });
});

describe('a board with a firmware', () => {
  it('starts it with the files that came with it', async () => {
    const firmware = sampleFirmware();
    const board = await makeBoard({ firmware, node: { files: { '/main.py': 'print("from main")' } } });
    await board.waitForOutput('from main');
    await board.waitForOutput('>>> ');
  });

  it('takes what is typed at its port', async () => {
    const board = await makeBoard({ firmware: sampleFirmware() });
    await board.waitForOutput('>>> ');
    board.receive(Buffer.from('6 * 7\r'));
    await board.waitForOutput('\r\n42\r\n');
  });

  it('is stopped while EN is low, and then starts anew', async () => {
    const board = await makeBoard({ firmware: sampleFirmware() });
    await board.waitForOutput('>>> ');
    board.setLines({ rts: true });
    expect([board.chip.mode, board.node.isOn]).toEqual(['held', false]);
    board.setLines({ rts: false });
    await board.waitForOutput(/POWERON_RESET[^]*>>> /);
    expect(board.node.boots).toBe(2);
  });

  it('outlasts resets that come in the middle of its start', async () => {
    const board = await makeBoard({ firmware: sampleFirmware() });
    for (let count = 0; count < 5; count += 1) board.pressReset();
    expect(await python(board.node, 'print(1)')).toBe('1\n');
  });

  it('is silent in its loader until it is reset', async () => {
    const board = await makeBoard({ firmware: sampleFirmware(), powerUp: 'download' });
    expect([board.chip.mode, board.node.isOn]).toEqual(['download', false]);
    board.pressReset();
    await board.waitForOutput('>>> ');
  });

  it("lets the ROM speak first when its program resets the chip, with the reset's cause", async () => {
    const board = await makeBoard({ chip: 'esp32c3', firmware: sampleFirmware({ chip: 'esp32c3' }) });
    await board.waitForOutput('>>> ');
    board.receive(Buffer.from('import machine; machine.reset()\r'));
    await board.waitForOutput(/rst:0xc \(RTC_SW_CPU_RST\),boot:0xc \(SPI_FAST_FLASH_BOOT\)[^]*>>> /);
  });

  it('keeps its files over a power cut', async () => {
    const board = await makeBoard({ firmware: sampleFirmware(), node: { files: { '/a.txt': 'kept' } } });
    board.powerOff();
    expect([board.chip.mode, board.node.isOn]).toEqual(['held', false]);
    board.pressReset();
    expect(board.node.isOn).toBe(false);
    board.powerOn();
    expect(await python(board.node, 'print(open("a.txt").read())')).toBe('kept\n');
  });

  it('has the same MAC in its eFuses as in Python', async () => {
    const board = await makeBoard({ firmware: sampleFirmware(), node: { name: 'kitchen' } });
    const mac = await python(board.node, 'import machine; print(machine.unique_id().hex())');
    expect(mac.trim()).toBe(board.node.machine.uniqueId);
  });
});

describe('a board with a firmware that is not whole', () => {
  const damaged = (at: number) => {
    const firmware = sampleFirmware();
    firmware[at] = (firmware[at] ?? 0) ^ 1;
    return firmware;
  };
  const cases: { name: string; firmware: Uint8Array; words: RegExp }[] = [
    { name: 'whose bootloader is damaged', firmware: damaged(0x200), words: /Checksum failed/ },
    {
      name: 'without a partition table',
      firmware: damaged(0x7000),
      words: /flash_parts: partition 0 invalid/,
    },
    {
      name: 'whose application is damaged',
      firmware: damaged(0x1_2000),
      words: /Checksum failed[^]*No bootable/,
    },
    { name: 'whose hash is damaged', firmware: damaged(sampleFirmware().length - 1), words: /hash failed/ },
    {
      name: 'that was cut',
      firmware: sampleFirmware().subarray(0, 0x1_0000),
      words: /Factory app partition/,
    },
  ];
  for (const { name, firmware, words } of cases) {
    it(`${name} says so, and starts nothing`, async () => {
      const board = await makeBoard({ firmware });
      board.pressReset();
      await board.waitForOutput(words);
      expect(board.node.isOn).toBe(false);
    });
  }

  it('for another chip says so', async () => {
    const other = sampleFirmware({ chip: 'esp32s3' });
    const firmware = sampleFirmware({ chip: 'esp32c3' });
    firmware.set(other.subarray(0x1_0000), 0x1_0000);
    const board = await makeBoard({ chip: 'esp32c3', firmware });
    board.pressReset();
    await board.waitForOutput('mismatch chip ID, expected 5, found 9');
  });
});

describeWithTools(['esptool', 'mpremote', 'socat'], 'one pseudo-terminal that is a whole board', () => {
  it('goes from bare to MicroPython and back, by its buttons', async () => {
    const board = await makeBoard({ chip: 'esp32' });
    const port = await board.serve('pty');
    const firmware = temporaryFile('firmware.bin', sampleFirmware());
    const esptool = async (...words: string[]) => {
      board.pressReset({ boot: true });
      await use('esptool', '--port', port, '--before', 'no-reset', '--after', 'no-reset', ...words);
      board.pressReset();
    };
    const flash = () => esptool('write-flash', '0x1000', firmware);
    const mpremote = (...words: string[]) => use('mpremote', 'connect', port, ...words);
    const files = () => mpremote('exec', 'import os; print(os.listdir("/"))');

    await flash();
    await mpremote('exec', 'open("kept.txt", "w").close()');
    await flash();
    const afterFlashing = await files();
    await esptool('erase-flash');
    await board.waitForOutput('invalid header: 0xffffffff');
    const isOnAfterErasing = board.node.isOn;
    await flash();

    expect(afterFlashing).toBe("['kept.txt']\r\n");
    expect(isOnAfterErasing).toBe(false);
    expect(await files()).toBe('[]\r\n');
  }, 120_000);
});

describeWithTools(['esptool', 'mpremote'], 'one RFC 2217 port that is a whole board', () => {
  // pyserial looks every 50 ms whether the server has answered, and esptool asks it before each command: hence the time.
  it('is brought into its loader and out of it by DTR and RTS', async () => {
    const board = await makeBoard({ firmware: sampleFirmware() });
    const port = await board.serve('rfc2217');
    await board.waitForOutput('>>> ');

    const mac = await use('esptool', '--port', port, '--no-stub', 'read-mac');
    const said = await use('mpremote', 'connect', port, 'exec', 'print(6 * 7)');

    expect(mac.replaceAll(':', '')).toContain(board.node.machine.uniqueId);
    expect(board.chip.commands.length).toBeGreaterThan(0);
    expect(said).toBe('42\r\n');
  }, 60_000);
});
