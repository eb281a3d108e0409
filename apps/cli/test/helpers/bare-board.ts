import { SimulatedBoard, type SimulatedBoardOptions } from '@ota/testbed';
import { onTestFinished } from 'vitest';

/** A chip with its loader, at a port with control lines; gone when the test is over. */
export async function startSimulatedBoard(
  options: SimulatedBoardOptions = {},
): Promise<{ board: SimulatedBoard; address: string }> {
  const board = await SimulatedBoard.create(options);
  onTestFinished(() => board.close());
  return { board, address: await board.serve('rfc2217') };
}
