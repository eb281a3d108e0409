import { describe, expect, it } from 'vitest';
import { createNode, startNode } from './helpers.ts';

describe('the life of a node', () => {
  it('starts once, however often it is told to', async () => {
    const node = await createNode({ files: { '/boot.py': "print('booting')" } });
    await Promise.all([node.powerOn(), node.powerOn()]);
    await node.powerOn();
    expect(node.boots).toBe(1);
    expect(node.isOn).toBe(true);
  });

  it('is off at once when its power goes, even while it starts', async () => {
    const node = await createNode();
    const starting = node.powerOn();
    await node.powerOff();
    await expect(starting).rejects.toMatchObject({ code: 'NODE_STATE' });
    expect(node.isOn).toBe(false);
    await node.powerOn();
    expect(node.boots).toBe(1);
  });

  it('can be closed at any moment of its life', async () => {
    for (let round = 0; round < 10; round++) {
      const node = await createNode({ files: { '/main.py': 'import machine; machine.reset()' } });
      await node.powerOn();
      await new Promise((resolve) => setTimeout(resolve, round * 15));
      await node.close();
      expect(node.isOn).toBe(false);
    }
  });

  it('leaves a node that is off alone', async () => {
    const node = await createNode();
    node.reset('hard');
    expect(node.isOn).toBe(false);
    await expect(node.exec('1', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('runs several nodes side by side', async () => {
    const nodes = await Promise.all(
      ['a', 'b', 'c'].map((name) => startNode({ name, files: { '/main.py': `print('I am ${name}')` } })),
    );
    await Promise.all(nodes.map((node) => node.waitForOutput(`I am ${node.name}`)));
    expect(new Set(nodes.map((node) => node.machine.uniqueId)).size).toBe(3);
  });
});
