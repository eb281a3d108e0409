import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ota } from './ota.ts';

const docs = new URL('../../../docs/', import.meta.url);
const read = (name: string): Promise<string> => readFile(new URL(name, docs), 'utf8');

/** What `npm run record` writes and nobody should have to look at again after a change of the command line. */
describe('the recorded session', () => {
  it('is an asciicast whose times go on', async () => {
    const [header, ...events] = (await read('session.cast'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(header).toMatchObject({ version: 2, width: 100, height: 30 });
    const times = events.map((event) => (event as [number, string, string])[0]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(events.every((event) => (event as [number, string, string])[1] === 'o')).toBe(true);
  });

  it.each(['session.cast', 'session.txt', 'session.svg'])(
    'shows in %s no path, address or token of the machine',
    async (name) => {
      const text = await read(name);
      expect(text).not.toMatch(/\/(?:tmp|root|home|Users|var)\/|127\.0\.0\.1|localhost|token [0-9a-f]{8}/);
      expect(text).toContain('hub.lan');
    },
  );

  it('goes from init by deploy to an update, in command lines that ota still understands', async () => {
    const text = await read('session.txt');
    const lines = [...text.matchAll(/^\$ ota (.*)$/gm)].map(([, line = '']) => line.split(' '));
    expect(lines.map(([command]) => command)).toEqual(['init', 'deploy', 'trigger', 'status']);
    for (const [command = '', ...words] of lines) {
      const { stdout } = await ota([command, '--help'], { cwd: '.' });
      for (const option of words.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option);
    }
    expect(text).toMatch(/^lamp runs [0-9a-f]{10}/m);
    expect(text).toMatch(/^lamp +[0-9a-f]{10} +[0-9a-f]{10} +trial/m);
  });
});
