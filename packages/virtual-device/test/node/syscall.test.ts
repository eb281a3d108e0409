import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { Slot } from '../../src/node/syscalls.ts';

const host = new URL('../../dist/node/worker/host.js', import.meta.url).href;
const caller = `
const { parentPort, workerData } = require('node:worker_threads');
import(${JSON.stringify(host)}).then(({ Host }) => {
  const { control, text } = workerData;
  const status = new Host(parentPort, control, text).call('sleep');
  parentPort.postMessage({ status });
});`;

it('takes a late wake-up of the call before for what it is, and not for an answer', async () => {
  const control = new SharedArrayBuffer(Slot.count * 4);
  const text = new SharedArrayBuffer(256 * 1024);
  const words = new Int32Array(control);
  const worker = new Worker(caller, { eval: true, workerData: { control, text } });
  onTestFinished(() => void worker.terminate());
  const [called] = (await once(worker, 'message')) as [unknown];
  expect(called).toMatchObject({ kind: 'syscall', name: 'sleep' });
  // It sleeps: a wake-up reaches it.
  await expect.poll(() => Atomics.notify(words, Slot.answer), { timeout: 10_000 }).toBe(1);
  // And it has gone to sleep again.
  await expect.poll(() => Atomics.notify(words, Slot.answer), { timeout: 10_000 }).toBe(1);
  const returned = once(worker, 'message');
  Atomics.store(words, Slot.status, 7);
  Atomics.store(words, Slot.answer, 1);
  Atomics.notify(words, Slot.answer);
  expect(await returned).toEqual([{ status: 7 }]);
});
