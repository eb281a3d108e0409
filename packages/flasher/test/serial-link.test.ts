import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished, vi } from 'vitest';
import { SerialLink, SilenceError } from '../src/link/serial-link.ts';
import { StreamPort } from '../src/port/stream-port.ts';

it('a frame that never ends adds seconds to a wait, not the wait over again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const stream = new PassThrough();
  const link = new SerialLink(new StreamPort({ open: () => Promise.resolve({ stream }) }));
  await link.openAt(115_200);
  stream.write(Buffer.of(0xc0, 1, 2));
  let end: unknown = undefined;
  const reading = link.read(240_000).catch((error: unknown) => {
    end = error;
  });
  await vi.advanceTimersByTimeAsync(240_000);
  expect(end).toBeUndefined();
  await vi.advanceTimersByTimeAsync(3000);
  expect(end).toBeInstanceOf(SilenceError);
  await reading;
  await link.shutDown();
});
