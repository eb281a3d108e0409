import { expect, it } from 'vitest';
import { readmeExample } from '../../../scripts/test-support/readme-example.mjs';

it('runs the first example of the README as printed', async () => {
  const example = await readmeExample(import.meta.url);
  expect(example.promised).toEqual(['reset cause 1']);
  expect(await example.run()).toEqual(example.promised);
});
