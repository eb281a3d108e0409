import { z } from 'zod';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/options.ts';

export const command = defineCommand({
  name: 'ports',
  about: 'Lists the serial ports of this computer, likely boards first.',
  options: { likely: flag('only those that are probably boards') },
  examples: [['ota ports', 'every serial port, with its USB numbers and what they say is there']],
  result: z.object({
    ports: z.array(
      z.object({
        path: z.string(),
        chip: z.string().nullable().describe('what the USB numbers say is there'),
        vendorId: z.string().nullable().describe('four hexadecimal digits'),
        productId: z.string().nullable().describe('four hexadecimal digits'),
        manufacturer: z.string().nullable(),
        serialNumber: z.string().nullable(),
        isLikely: z.boolean().describe('probably a board'),
      }),
    ),
  }),

  run: async ({ io, options }) => {
    const list = io.listPorts ?? (await import('@ota/device-fs')).listPorts;
    const found = (await list()).filter(({ isLikely }) => isLikely || !options.likely);
    const ports = found.map(({ path, chip, vendorId, productId, manufacturer, serialNumber, isLikely }) => ({
      path,
      chip: chip ?? null,
      vendorId: vendorId ?? null,
      productId: productId ?? null,
      manufacturer: manufacturer ?? null,
      serialNumber: serialNumber ?? null,
      isLikely,
    }));
    return { ports };
  },

  print: ({ ports }, view, { say }) => {
    if (ports.length === 0) {
      say('No serial port was found: plug a board in, with a cable that carries data.');
      return;
    }
    view.table(
      ['PORT', 'USB', 'CHIP', 'SERIAL NUMBER'],
      ports.map(({ path, vendorId, productId, chip, manufacturer, serialNumber, isLikely }) => [
        isLikely ? view.style('bold', path) : path,
        vendorId === null ? '-' : `${vendorId}:${productId ?? ''}`,
        chip ?? manufacturer ?? '-',
        serialNumber ?? '-',
      ]),
    );
  },
});
