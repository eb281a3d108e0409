import { Site } from '@ota/testbed';
import type { Version } from '../powercut/versions.ts';
import { Answers, type Answer } from './answers.ts';
import type { Fault } from './faulty-server.ts';
import { kinds, type Kind } from './kinds.ts';
import { Lane } from './lane.ts';
import { commitOne, commitTwo } from './versions.ts';

/** One fault at one place of one request. */
export interface Case extends Fault {
  /** What the request is for, in words. */
  readonly request: string;
}

/** Nodes that run version one while the branch is at version two, and everything that can go wrong on the way. */
export class Rig implements AsyncDisposable {
  readonly #site: Site;
  readonly lanes: readonly Lane[];
  /** The requests of an update that goes well, in order. */
  readonly requests: readonly Request[];
  readonly cases: readonly Case[];

  private constructor(
    site: Site,
    lanes: readonly Lane[],
    requests: readonly Request[],
    cases: readonly Case[],
  ) {
    this.#site = site;
    this.lanes = lanes;
    this.requests = requests;
    this.cases = cases;
  }

  /** @param change makes other nodes of them: the harness has to find what is wrong with those. */
  static async start(
    laneCount: number,
    change: (files: Record<string, Uint8Array>) => void = () => undefined,
  ): Promise<Rig> {
    const site = await Site.start({ repository: 'lamp' });
    try {
      const answers = new Answers(Number(new URL(site.gogs.baseUrl).port), site.token);
      const messages = await site.watch();
      const versions: Version[] = [await commitOne(site)];
      const names = Array.from({ length: laneCount }, (_, index) => `lamp${index}`);
      const lanes = await Promise.all(
        names.map((name) => Lane.start(site, messages, answers, name, versions, change)),
      );
      const [lane] = lanes;
      if (!lane) throw new RangeError('a rig has at least one lane');
      const before = await namedAnswers(answers, lane.server.asked);
      versions.push(await commitTwo(site));
      answers.forget();
      lane.server.asked.length = 0;
      await lane.begin(true);
      const { holds } = await lane.look();
      if (holds !== 'two') throw new Error(`without any fault: ${holds}`);
      await lane.powerOff();
      const requests = await namedAnswers(answers, lane.server.asked);
      return new Rig(
        site,
        lanes,
        requests,
        requests.flatMap((request) => casesOf(request, requests, before)),
      );
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of this.lanes) server.close();
    await this.#site.close();
  }
}

/** A request, what it is for, and the answer to it. */
export interface Request {
  readonly name: string;
  readonly path: string;
  readonly answer: Answer;
}

function casesOf(request: Request, requests: readonly Request[], before: readonly Request[]): Case[] {
  const { name, path, answer } = request;
  return kinds.flatMap((kind) => {
    const other = otherAnswer(kind, request, requests, before);
    if (kind.other && !other) return [];
    return kind.places(answer).map((place) => ({ request: name, path, kind, place, other }));
  });
}

function otherAnswer(
  { other }: Kind,
  request: Request,
  requests: readonly Request[],
  before: readonly Request[],
): Answer | undefined {
  const alike = (each: Request): boolean => sortOf(each.path) === sortOf(request.path);
  if (other === 'file') return requests.filter((each) => alike(each) && each !== request).at(-1)?.answer;
  if (other === undefined) return undefined;
  // A file that the other commit does not have: another one of it.
  return (before.find(({ name }) => name === request.name) ?? before.filter(alike).at(-1))?.answer;
}

function sortOf(path: string): string {
  return /\/(raw|git\/trees|commits\/refs|commits)\//.exec(path)?.[1] ?? path;
}

async function namedAnswers(answers: Answers, paths: readonly string[]): Promise<Request[]> {
  const unique = [...new Set(paths)];
  return Promise.all(
    unique.map(async (path) => ({
      name: await inWords(answers, path, unique),
      path,
      answer: await answers.to(path),
    })),
  );
}

/** What a request is for: the same words for the requests of two commits that ask for the same thing. */
async function inWords(answers: Answers, path: string, paths: readonly string[]): Promise<string> {
  const api = /^\/api\/v1\/repos\/[^/]+\/[^/]+(\/.*)$/.exec(path)?.[1] ?? path;
  if (api.startsWith('/raw/')) return api.slice('/raw/'.length + 41);
  if (api.startsWith('/commits/refs/')) return 'branch';
  if (api.startsWith('/commits/')) return 'commit';
  const id = api.slice('/git/trees/'.length);
  for (const parent of paths.filter((each) => each.includes('/git/trees/') && each !== path)) {
    const { bytes, bodyAt } = await answers.to(parent);
    const entry = new RegExp(`"path":"([^"]+)"[^{}]*"sha":"${id}"`).exec(bytes.subarray(bodyAt).toString());
    if (entry) return `folder ${entry[1] ?? ''}`;
  }
  return 'folder /';
}
