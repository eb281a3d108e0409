import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { findTool, RealGogs } from '@ota/testbed';
import type { Task, TaskResult } from './gogs-client-task.ts';
import type { Row } from './row.ts';

const fileCount = 1_000;
const fileBytes = 10_000;
const concurrency = 4;

const tools = [
  ['@ota/gogs-client snapshot', 'snapshot'],
  ['undici loop over git/blobs', 'blobs'],
  ['undici loop over raw', 'raw'],
  ['archive (tar.gz, not unpacked)', 'archive'],
] as const;

/**
 * All files of a repository from a real Gogs, by the client and by loops written by hand with the same concurrency, each
 * in a process of its own, one after the other, three times round: the best time counts, and the larger memory.
 */
export async function run(): Promise<Row[]> {
  if (findTool('gogs') === undefined) {
    throw new Error('gogs is not installed: put it in PATH or set OTA_GOGS, then run this again');
  }
  const server = await RealGogs.start();
  try {
    const commit = await prepare(server);
    const token = await server.createToken('bench', 'only-for-tests', 'bench');
    const best = new Map<string, TaskResult>();
    for (let round = 0; round < 3; round++) {
      for (const [, tool] of tools) {
        const result = await inProcess({ tool, baseUrl: server.baseUrl, token, commit, concurrency });
        const before = best.get(tool);
        best.set(tool, {
          ...result,
          seconds: Math.min(result.seconds, before?.seconds ?? Infinity),
          rssGrowthMB: Math.max(result.rssGrowthMB, before?.rssGrowthMB ?? 0),
        });
      }
    }
    return tools.flatMap(([tool, key]) => {
      const result = best.get(key);
      return result ? [row(tool, result)] : [];
    });
  } finally {
    await server.close();
  }
}

function row(tool: string, { seconds, files, requests, bytes, rssGrowthMB }: TaskResult): Row {
  return {
    scenario: `${fileCount} files of ${fileBytes / 1000} kB, ${concurrency} at a time`,
    tool,
    seconds,
    filesPerSecond: Math.round(files / seconds),
    requests,
    bytes,
    rssGrowthMB,
  };
}

/** Ten folders of a hundred files that no compression helps with. */
async function prepare(server: RealGogs): Promise<string> {
  await server.createUser({ name: 'bench', password: 'only-for-tests' });
  await server.createRepository({ owner: 'bench', name: 'many', private: true });
  const files: Record<string, Uint8Array> = {};
  for (let index = 0; index < fileCount; index++) {
    const blocks = Array.from({ length: Math.ceil(fileBytes / 32) }, (_, block) =>
      createHash('sha256').update(`${index} ${block}`).digest(),
    );
    files[`folder${index % 10}/file${index}.bin`] = Buffer.concat(blocks).subarray(0, fileBytes);
  }
  return server.commitFiles('bench', 'many', { files });
}

/** The token goes through the process's message channel: arguments are public. */
async function inProcess(task: Task): Promise<TaskResult> {
  const child = fork(fileURLToPath(new URL('./gogs-client-task.js', import.meta.url)), {
    execArgv: [],
    signal: AbortSignal.timeout(300_000),
  });
  child.send(task);
  const [result] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${task.tool} ended with ${String(code)} and no result`);
    }),
  ])) as [TaskResult];
  child.disconnect();
  return result;
}
