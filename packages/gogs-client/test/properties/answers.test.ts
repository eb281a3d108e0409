import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGogsClient, GogsError, type GogsClient } from '../../src/index.ts';
import { seed } from '../helpers/seed.ts';

const token = 'deadbeef'.repeat(5);
const id = 'a'.repeat(40);
const timeoutMs = 300;

/** How one connection answers: bytes as they are, and how it ends. */
interface Script {
  readonly bytes: Buffer;
  readonly end: 'close' | 'reset' | 'hang' | 'echo';
}

const json = fc.oneof(
  fc.json(),
  fc.constantFrom(
    '{"message":"no"}',
    '{}[]',
    '[]',
    'null',
    '[{"fieldNames":["A"],"classification":"B","message":"C"}]',
    `{"sha":"${id}","commit":{}}`,
    `{"tree":[{"path":"..","type":"blob","size":-1,"sha":"${id}"}]}`,
    '{"content":"@@@","encoding":"base64","size":3}',
    '{"ok":true,"data":[]}',
    '<!DOCTYPE html><html></html>',
    '{"__proto__":{"x":1},"constructor":1}',
  ),
);
const body = fc.oneof(
  json.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: text/html',
    'Content-Encoding: gzip',
    'Transfer-Encoding: chunked',
    'Content-Length: 5',
    'Content-Length: 99999999999',
    'Content-Length: -1',
    'Location: http://127.0.0.1:1/elsewhere',
    'Retry-After: 0',
    'Retry-After: 100000',
    'Retry-After: Fri, 31 Dec 9999 23:59:59 GMT',
    'Link: <x>; rel="next"',
    'Connection: upgrade',
    `X-Echo: ${token}`,
  ),
  fc
    .tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), fc.string({ maxLength: 20 }))
    .map(([name, value]) => `${name}: ${value}`),
);
const answer = fc
  .record({
    status: fc.oneof(
      fc.constantFrom(200, 201, 204, 304, 302, 401, 403, 404, 422, 500, 503),
      fc.integer({ min: 0, max: 1200 }),
    ),
    headers: fc.array(header, { maxLength: 4 }),
    body,
    withLength: fc.boolean(),
    cut: fc.option(fc.nat(400)),
  })
  .map(({ status, headers, body: bytes, withLength, cut }) => {
    const length = withLength ? [`Content-Length: ${bytes.length}`] : [];
    const head = [`HTTP/1.1 ${status} X`, ...headers, ...length, '', ''].join('\r\n');
    const whole = Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
    return cut === null ? whole : whole.subarray(0, cut);
  });
const script: fc.Arbitrary<Script> = fc.record({
  bytes: fc.oneof(
    { weight: 8, arbitrary: answer },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  ),
  end: fc.oneof(
    { weight: 6, arbitrary: fc.constant('close' as const) },
    { weight: 2, arbitrary: fc.constantFrom('reset' as const, 'echo' as const) },
    { weight: 1, arbitrary: fc.constant('hang' as const) },
  ),
});

/** One call of every kind: JSON, lists, pages, nothing, text, streams, and several in a row. */
const calls: readonly ((gogs: GogsClient) => Promise<unknown>)[] = [
  (gogs) => gogs.users.me(),
  (gogs) => gogs.contents.get('ann', 'kit', 'x'),
  (gogs) => gogs.contents.putFile('ann', 'kit', 'x', { message: 'm', content: 'c', branch: 'b' }),
  (gogs) => gogs.commits.list('ann', 'kit'),
  (gogs) => gogs.branches.list('ann', 'kit'),
  (gogs) => gogs.repositories.search('x').next(),
  (gogs) => gogs.repositories.create({ name: 'x' }),
  (gogs) => gogs.hooks.delete('ann', 'kit', 1),
  (gogs) => gogs.markdown.render('x'),
  (gogs) => gogs.git.blob('ann', 'kit', id),
  (gogs) => gogs.collaborators.has('ann', 'kit', 'bob'),
  (gogs) => gogs.issues.comments.create('ann', 'kit', 1, 'x'),
  async (gogs) => buffer(await gogs.raw.stream('ann', 'kit', id, 'x', { maxBytes: 1_000 })),
  async (gogs) => buffer(await gogs.archive.stream('ann', 'kit', id, 'zip')),
  async (gogs) => {
    const snapshot = await gogs.snapshot('ann', 'kit', 'main', { maxEntries: 10 });
    for await (const file of snapshot) await buffer(file.stream);
  },
];

describe('an answer, however malformed', () => {
  let server: Server | undefined;
  let current: Script = { bytes: Buffer.alloc(0), end: 'close' };
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      socket.on('data', (request: Buffer) => {
        socket.write(current.bytes);
        if (current.end === 'echo') socket.write(request);
        if (current.end === 'reset') socket.resetAndDestroy();
        else if (current.end !== 'hang') socket.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server?.close();
    for (const socket of sockets) socket.destroy();
  });

  it('ends a call well or with an error of ours, in time, without a secret', async () => {
    const { port } = server?.address() as AddressInfo;
    const gogs = createGogsClient({
      baseUrl: `http://127.0.0.1:${port}`,
      token,
      timeoutMs,
      streamTimeoutMs: 1_000,
      retry: { attempts: 2, baseMs: 1, maxMs: 2 },
    });
    await fc.assert(
      fc.asyncProperty(script, fc.nat(calls.length - 1), async (chosen, index) => {
        current = chosen;
        const started = performance.now();
        try {
          await calls[index]?.(gogs);
        } catch (error) {
          expect(error).toBeInstanceOf(GogsError);
          const shown = [
            inspect(error, { depth: Infinity, showHidden: true }),
            JSON.stringify(error),
            String(error),
          ];
          expect(shown.join()).not.toContain(token);
        }
        // A call may ask twice to explain a failure; a body that stops is noticed within a second of its time.
        expect(performance.now() - started).toBeLessThan(4_000);
        for (const socket of sockets) socket.destroy();
      }),
      { seed, numRuns: 400, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false },
    );
  }, 60_000);
});
