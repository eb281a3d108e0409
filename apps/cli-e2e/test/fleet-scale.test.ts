import { Fleet } from '@ota/fleet';
import { Site, startRealGogs, type SimulatedNode, type SimulatedRequest } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { expect, it, onTestFinished } from 'vitest';

const nodeCount = 200;
const resetJitter = 4;
const patienceMs = 60_000;

/** When each node's check was due after the loss of the broker, in ms, and whether it came before that. */
interface Check {
  readonly dueMs: number;
  readonly afterMs: number;
}

function watchChecks(node: SimulatedNode, checks: Check[]): void {
  let lostAt = 0;
  node.on('lost', () => {
    lostAt = performance.now();
  });
  node.on('check', (dueMs) => {
    checks.push({ dueMs, afterMs: performance.now() - lostAt });
  });
}

// The node's protocol is held to the node's code by simulated-node.test.ts; this holds the servers to 200 of them.
describeWithTools(['gogs', 'mosquitto'], `${nodeCount} nodes at a real Gogs and a real Mosquitto`, () => {
  it(
    'restart together after the broker: each checks once, spread by the jitter, and no request fails',
    { timeout: 120_000 },
    async () => {
      const site = await Site.start({ startGogs: startRealGogs, broker: { kind: 'mosquitto' } });
      onTestFinished(() => site.close());
      const version = await site.commit({ files: { 'src/main.py': 'def start(env): ...\n' } });
      const pilot = site.addSimulatedNode({ name: 'pilot' });
      const fleet = await Fleet.connect({ url: `mqtt://127.0.0.1:${site.broker.port}` });
      onTestFinished(() => fleet.close());
      pilot.powerOn();
      await fleet.waitFor(version, ['pilot']);
      await pilot.powerOff();
      const { installed } = pilot;
      if (!installed) throw new Error('the pilot is online with a version and has none');

      const names = Array.from({ length: nodeCount }, (_, index) => `node${index}`);
      const nodes = names.map((name) => site.addSimulatedNode({ name, resetJitter, installed }));
      for (const node of nodes) node.powerOn();
      await fleet.waitFor(version, names, { timeoutMs: patienceMs });
      const checks: Check[] = [];
      const requests: SimulatedRequest[] = [];
      const boots = nodes.map((node) => node.boots);
      for (const node of nodes) {
        watchChecks(node, checks);
        node.on('request', (request) => requests.push(request));
      }
      site.gogs.clearRequests();
      const back = Promise.all(nodes.map((node) => new Promise((resolve) => node.once('state', resolve))));
      await site.broker.restart({ downMs: 200 });
      await back;
      await fleet.waitFor(version, names, { timeoutMs: patienceMs });

      expect(nodes.map((node) => node.boots)).toEqual(boots.map((count) => count + 1));
      expect(requests.map(({ status }) => status)).toEqual(names.map(() => 200));
      await expect.poll(() => site.gogs.requests.map(({ status }) => status)).toEqual(names.map(() => 200));
      // No check comes before it is due, and they are due all over the jitter: a fifth of it has a fifth of them (40, give or
      // take five standard deviations). So what the machine is busy with cannot make this pass or fail.
      expect(checks).toHaveLength(nodeCount);
      expect(checks.filter(({ dueMs, afterMs }) => afterMs < dueMs - 1)).toEqual([]);
      for (let fifth = 1; fifth < 5; fifth++) {
        const [from, to] = [fifth, fifth + 1].map((n) => (n * resetJitter * 1000) / 5);
        const due = checks.filter(({ dueMs }) => dueMs >= (from ?? 0) && dueMs < (to ?? 0)).length;
        expect(due).toBeGreaterThan(11);
        expect(due).toBeLessThan(80);
      }
      // They are made as they are due: from the first quarter of them to the third it takes half of the jitter, give or take. A busy machine
      // can only make that longer.
      const made = checks.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
      const quarter = (n: number): number => made[Math.floor((n * nodeCount) / 4)] ?? NaN;
      expect(quarter(3) - quarter(1)).toBeGreaterThan(0.3 * resetJitter * 1000);
    },
  );
});
