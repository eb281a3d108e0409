import { FlasherError, hex } from '../errors.ts';
import {
  isPartitionTable,
  partitionTableOffset,
  partitionTableSize,
  readPartitionTable,
} from '../image/partition-table.ts';
import type { PlannedImage } from './checks.ts';

/** The images among them that are an application alone: their place is what the board's partition table says. */
export function applicationsAlone(planned: readonly PlannedImage[]): PlannedImage[] {
  return planned.filter(({ firmware }) => firmware?.kind === 'app');
}

/**
 * Compares where applications are to go with the partition table that the board will have.
 *
 * @param onChip - the table's bytes as they are on the chip now; other images of the same write may bring a new one.
 * @throws FlasherError WRONG_OFFSET.
 */
export function checkApplicationPlaces(planned: readonly PlannedImage[], onChip: Uint8Array): void {
  const table = tableAfter(planned, onChip);
  const { partitions, problems } = isPartitionTable(table)
    ? readPartitionTable(table)
    : { partitions: [], problems: ['there is none'] };
  if (problems.length > 0) {
    throw wrong(
      `The board has no partition table that an application could be started by: ${problems.join('; ')}`,
    );
  }
  const places = partitions.filter(({ type }) => type === 'app');
  for (const { offset, data } of applicationsAlone(planned)) {
    const place = places.find((partition) => partition.offset === offset);
    if (place === undefined) {
      const known = places.map(({ name, offset: at }) => `${name} at ${hex(at)}`).join(', ') || 'none';
      throw wrong(`The board's partition table has no application at ${hex(offset)}; it has ${known}`);
    }
    if (data.length > place.size) {
      throw wrong(`The application has ${data.length} bytes, its partition ${place.name} has ${place.size}`);
    }
  }
}

/** The table once everything is written. */
function tableAfter(planned: readonly PlannedImage[], onChip: Uint8Array): Uint8Array {
  const table = Uint8Array.from(onChip);
  for (const { offset, data } of planned) {
    const start = partitionTableOffset - offset;
    if (start < 0 || start >= data.length) continue;
    table.fill(0xff).set(data.subarray(start, start + partitionTableSize));
  }
  return table;
}

function wrong(problem: string): FlasherError {
  return new FlasherError('WRONG_OFFSET', problem, {
    remedy:
      "Write a full image (.bin), or to the place of an application; give force: ['offset'] if you know better",
  });
}
