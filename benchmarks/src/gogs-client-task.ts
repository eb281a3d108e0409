import { createGogsClient } from '@ota/gogs-client';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Agent, request, setGlobalDispatcher, type Dispatcher } from 'undici';

/** What one process of the benchmark is told. */
export interface Task {
  readonly tool: 'snapshot' | 'blobs' | 'raw' | 'archive';
  readonly baseUrl: string;
  readonly token: string;
  readonly commit: string;
  readonly concurrency: number;
}

export interface TaskResult {
  readonly files: number;
  readonly seconds: number;
  readonly requests: number;
  /** Of answers' bodies, as they were on the wire. */
  readonly bytes: number;
  readonly rssGrowthMB: number;
}

interface Tree {
  readonly tree: readonly { readonly path: string; readonly type: string; readonly sha: string }[];
}

let requests = 0;
let bytes = 0;

/** Counts below every tool alike, so that none has to be trusted. */
function counted(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    requests += 1;
    const onData = handler.onResponseData?.bind(handler);
    handler.onResponseData = (controller, chunk) => {
      bytes += chunk.length;
      onData?.(controller, chunk);
    };
    return dispatch(options, handler);
  };
}

async function snapshot({ baseUrl, token, commit, concurrency }: Task): Promise<number> {
  const gogs = createGogsClient({ baseUrl, token });
  let files = 0;
  for await (const file of await gogs.snapshot('bench', 'many', commit, { concurrency })) {
    await drained(file.stream);
    files += 1;
  }
  return files;
}

/** What one writes without a client: no check, no retry, no deadline. */
async function loop({ baseUrl, token, commit, concurrency }: Task, by: 'blobs' | 'raw'): Promise<number> {
  const headers = { authorization: `token ${token}` };
  const get = async (path: string): Promise<Buffer> => {
    const { body, statusCode } = await request(`${baseUrl}/api/v1/repos/bench/many/${path}`, { headers });
    if (statusCode !== 200) throw new Error(`${statusCode} for ${path}`);
    return Buffer.from(await body.arrayBuffer());
  };
  const tree = async (revision: string): Promise<Tree['tree']> =>
    (JSON.parse((await get(`git/trees/${revision}`)).toString()) as Tree).tree;
  const todo: { readonly path: string; readonly sha: string }[] = [];
  const folders = (await tree(commit)).filter(({ type }) => type === 'tree');
  await each(folders, concurrency, async (folder) => {
    for (const { path, sha } of await tree(folder.sha)) todo.push({ path: `${folder.path}/${path}`, sha });
  });
  await each(todo, concurrency, async ({ path, sha }) => {
    if (by === 'raw') await get(`raw/${commit}/${path}`);
    else
      Buffer.from(
        (JSON.parse((await get(`git/blobs/${sha}`)).toString()) as { content: string }).content,
        'base64',
      );
  });
  return todo.length;
}

async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item; (item = items[next++]) !== undefined;) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function drained(stream: Readable): Promise<void> {
  stream.resume();
  await once(stream, 'end');
}

async function archive({ baseUrl, token, commit }: Task): Promise<number> {
  const gogs = createGogsClient({ baseUrl, token });
  const stream = await gogs.archive.stream('bench', 'many', commit, 'tar.gz');
  await drained(stream);
  return 1_000;
}

async function measure(task: Task): Promise<TaskResult> {
  setGlobalDispatcher(new Agent().compose((dispatch) => counted(dispatch)));
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const started = performance.now();
  const { tool } = task;
  const work = tool === 'snapshot' ? snapshot(task) : tool === 'archive' ? archive(task) : loop(task, tool);
  const files = await work;
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  return { files, seconds, requests, bytes, rssGrowthMB: Math.round((peak - before) / 1024 / 1024) };
}

process.once('message', (task: Task) => {
  measure(task).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
