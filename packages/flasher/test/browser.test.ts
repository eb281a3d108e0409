import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it } from 'vitest';

it('the entry point for browsers takes nothing of Node into a bundle', async () => {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('../src/browser.ts', import.meta.url)), formats: ['es'] },
      rolldownOptions: { external: (id) => id.startsWith('node:') },
    },
  });
  const results = Array.isArray(output) ? output : [output];
  const chunks = results
    .flatMap((result) => ('output' in result ? result.output : []))
    .filter((file) => file.type === 'chunk');
  const ours = new Set(chunks.map(({ fileName }) => fileName));
  const foreign = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);

  expect(chunks.some(({ code }) => code.includes('WRONG_CHIP'))).toBe(true);
  expect(foreign.filter((name) => !ours.has(name))).toEqual([]);
});
