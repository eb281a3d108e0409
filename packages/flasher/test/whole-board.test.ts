import { plugIn, sampleFirmware, SimulatedBoard, type EspChip } from '@ota/testbed';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../src/connect.ts';
import { StreamPort } from '../src/port/stream-port.ts';

async function makeBoard(chip: EspChip): Promise<SimulatedBoard> {
  const board = await SimulatedBoard.create({ chip });
  onTestFinished(() => board.close());
  return board;
}

/** The board's port within this process, with its lines. */
function portOf(board: SimulatedBoard): StreamPort {
  return new StreamPort({
    open: (baudRate) => {
      board.setHostBaud(baudRate);
      return Promise.resolve({
        stream: plugIn(board),
        setSignals: (lines) => {
          board.setLines(lines);
          return Promise.resolve();
        },
        setBaudRate: (rate) => {
          board.setHostBaud(rate);
          return Promise.resolve();
        },
      });
    },
  });
}

describe('a board of which one port is all there is', () => {
  for (const chip of ['esp32', 'esp32s3', 'esp32c3'] as const) {
    it(`with an ${chip} speaks MicroPython after it was flashed, and nothing after it was erased`, async () => {
      const board = await makeBoard(chip);
      const port = await board.serve('rfc2217');

      await using flasher = await connect(port);
      await flasher.writeFlash([{ data: sampleFirmware({ chip }) }]);
      await flasher.close();
      await board.waitForOutput('>>> ');
      board.node.flash.writeFile('/kept.txt', 'kept');
      await using again = await connect(port);
      await again.writeFlash([{ data: sampleFirmware({ chip, version: 'v1.28.0' }) }]);
      await again.close();
      await board.waitForOutput('>>> ');
      const files = board.node.flash.files();
      await using last = await connect(port);
      await last.eraseFlash();
      await last.close();
      await board.waitForOutput('invalid header: 0xffffffff');

      expect(files).toEqual(['/kept.txt']);
      expect(board.node.isOn).toBe(false);
    });
  }

  it('is the same within one process', async () => {
    const board = await makeBoard('esp32');
    const flasher = await connect(portOf(board));
    await flasher.writeFlash([{ data: sampleFirmware() }]);
    await flasher.close();
    board.setHostBaud(115_200);
    await board.waitForOutput('>>> ');
    board.receive(Buffer.from('1 + 1\r'));
    await board.waitForOutput('\r\n2\r\n');
  });
});
