import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { EspRomLoader } from '../../src/rom-loader/esp-rom-loader.ts';
import { serveRfc2217 } from '../../src/rom-loader/rfc2217-server.ts';
import { findTool } from '../../src/tools.ts';
import { describeWithTools } from '../../src/vitest.ts';

describeWithTools(['esptool'], 'serveRfc2217', () => {
  it('is a terminal server to esptool', async () => {
    const chip = new EspRomLoader({ chip: 'esp32c3', powerUp: 'download' });
    const server = await serveRfc2217(chip);
    onTestFinished(async () => {
      await server.close();
      await chip.close();
    });
    const words = [
      '--port',
      `rfc2217://127.0.0.1:${server.port}`,
      '--before',
      'no-reset',
      '--after',
      'no-reset',
    ];
    const { stdout } = await promisify(execFile)(findTool('esptool') ?? 'esptool', [
      ...words,
      ...['--no-stub', 'read-mac'],
    ]);

    expect(stdout).toContain('Connected to ESP32-C3');
    expect(stdout).toContain('24:0a:c4:00:00:01');
  });
});
