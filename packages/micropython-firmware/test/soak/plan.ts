import type { Fault } from '@ota/testbed';
import type { Random } from '../helpers/random.ts';

/** What happens to a site. Times are the nodes' milliseconds. */
export type Happening =
  | { readonly kind: 'broker stops' | 'broker falls silent'; readonly forMs: number }
  | { readonly kind: 'power goes'; readonly node: number; readonly forMs: number }
  /** At an operation on the flash of the boot that follows. */
  | {
      readonly kind: 'power goes in a boot';
      readonly node: number;
      readonly forMs: number;
      readonly atOperation: number;
      readonly phase: 'before' | 'during';
    }
  | { readonly kind: 'push'; readonly isGood: boolean }
  | { readonly kind: 'server is off' | 'network is off' | 'no time'; readonly forMs: number }
  | { readonly kind: 'faults'; readonly fault: Fault; readonly path: string; readonly times: number };

export interface Planned {
  readonly atMs: number;
  readonly happening: Happening;
}

const minute = 60_000;
const paths = ['/commits/refs/', '/commits/', '/git/trees/', '/raw/', '/'];

/** Something happens every `meanMs` or so, until the end. */
export function plan(random: Random, durationMs: number, meanMs: number, nodes: number): Planned[] {
  const planned: Planned[] = [];
  for (let atMs = minute; atMs < durationMs; atMs += (0.2 + 1.6 * random.next()) * meanMs) {
    planned.push({ atMs, happening: happening(random, nodes) });
  }
  return planned;
}

/** Mostly short, now and then long: from a second to a quarter of an hour. */
function someTime(random: Random): number {
  return 1000 * 900 ** random.next();
}

function happening(random: Random, nodes: number): Happening {
  const node = random.below(nodes);
  const forMs = someTime(random);
  const dice = random.next();
  if (dice < 0.3) return { kind: random.next() < 0.8 ? 'broker stops' : 'broker falls silent', forMs };
  if (dice < 0.4) return { kind: 'power goes', node, forMs };
  if (dice < 0.55) {
    const phase = random.next() < 0.5 ? 'before' : 'during';
    return { kind: 'power goes in a boot', node, forMs, atOperation: 1 + random.below(90), phase };
  }
  if (dice < 0.75) return { kind: 'push', isGood: random.next() < 0.6 };
  if (dice < 0.85) {
    return { kind: random.pick(['server is off', 'network is off', 'no time'] as const) ?? 'no time', forMs };
  }
  return {
    kind: 'faults',
    fault: someFault(random),
    path: random.pick(paths) ?? '/',
    times: 1 + random.below(12),
  };
}

function someFault(random: Random): Fault {
  const at = random.below(600);
  const faults: readonly Fault[] = [
    { kind: 'refuse' },
    { kind: 'hang' },
    { kind: 'cutAfter', bytes: at },
    { kind: 'changeByte', at },
    { kind: 'endless' },
    { kind: 'status', status: random.pick([401, 403, 404, 500, 502]) ?? 500 },
    { kind: 'redirect', to: 'http://127.0.0.1:9/' },
    { kind: 'html' },
    { kind: 'emptyBody' },
    { kind: 'wrongLength', difference: random.below(50) - 25 },
    { kind: 'slow', bytesPerSecond: 2000 },
  ];
  return random.pick(faults) ?? { kind: 'hang' };
}
