import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ResetReason } from '../../src/index.ts';
import { python, startNode, supported } from './helpers.ts';

const report = `
import machine, time
print('cause', machine.reset_cause(), machine.RTC().memory(), time.time() < 5, time.gmtime(0)[0])
`;

describe.each(supported)('MicroPython %s', (micropython) => {
  describe('resets', () => {
    it('tells power-on, hard, soft, watchdog and deep sleep apart; RTC memory and clock survive all but a power cut', async () => {
      const node = await startNode({ micropython, files: { '/boot.py': report } });
      await node.waitForOutput("cause 1 b'' True 2000");
      await python(
        node,
        "import machine; machine.RTC().memory(b'kept'); machine.RTC().datetime((2026, 1, 2, 4, 3, 4, 5, 0))",
      );
      node.type('machine.reset()\r');
      await node.waitForOutput("cause 2 b'kept' False 2000");
      await node.waitForOutput('>>> ');
      node.type('\x04');
      await node.waitForOutput("cause 5 b'kept' False 2000");
      await node.waitForOutput('>>> ');
      node.type('import machine; machine.deepsleep(100)\r');
      await node.waitForOutput("cause 4 b'kept' False 2000");
      await node.waitForOutput('>>> ');
      node.type('import machine; w = machine.WDT(timeout=1000)\r');
      await node.waitForOutput("cause 3 b'kept' False 2000");
      await node.powerOff();
      await node.powerOn();
      await node.waitForOutput("cause 1 b'' True 2000");
    });

    it('resets a node whose program computes without feeding, and not one that feeds', async () => {
      const node = await startNode({
        micropython,
        files: {
          '/main.py': `
import machine, time
watchdog = machine.WDT(timeout=1000)
for _ in range(15):
    time.sleep_ms(100)
    watchdog.feed()
print('fed')
while True:
    pass
`,
        },
      });
      await node.waitForOutput('fed');
      expect(node.boots).toBe(1);
      await expect(node.waitForBoot({ timeoutMs: 5000 })).resolves.toBe('watchdog');
    });

    it('keeps the watchdog running over a soft reset, as the hardware does', async () => {
      const node = await startNode({ micropython });
      await node.waitForOutput('>>> ');
      // It is fed once more long after it was started: the time runs from there, in the next program too.
      node.type(
        'import machine, time; w = machine.WDT(timeout=4000); time.sleep(3); w.feed(); print("f" "ed")\r',
      );
      await node.waitForOutput('fed');
      const fed = performance.now();
      node.type('\x04');
      await expect(node.waitForBoot()).resolves.toBe('soft');
      const bitten = once(node, 'reset') as Promise<[ResetReason]>;
      await expect(bitten).resolves.toEqual(['watchdog']);
      const idle = performance.now() - fed;
      expect(idle).toBeGreaterThan(3900); // the output took a moment to arrive
      expect(idle).toBeLessThan(8000);
    });

    it('leaves main.py out when boot.py raises, and soft-resets on SystemExit', async () => {
      const node = await startNode({
        micropython,
        files: {
          '/boot.py': `
import machine
if machine.reset_cause() == machine.SOFT_RESET:
    raise ValueError('no')
`,
          '/main.py': "import sys; print('main'); sys.exit()",
        },
      });
      await node.waitForOutput('main');
      await node.waitForOutput('ValueError: no');
      await node.waitForOutput('>>> ');
      expect(node.transcript.text.match(/main\r/g)).toHaveLength(1);
    });
  });

  describe('machine', () => {
    it('runs timers while the program waits, and stops them', async () => {
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `
import machine, time
ticks = []
timer = machine.Timer(0)
timer.init(period=50, mode=machine.Timer.PERIODIC, callback=lambda t: ticks.append('p'))
once = machine.Timer(1, period=120, mode=machine.Timer.ONE_SHOT, callback=lambda t: ticks.append('o'))
time.sleep_ms(275)
timer.deinit()
count = len(ticks)
time.sleep_ms(120)
print(''.join(ticks), len(ticks) == count)`,
      );
      expect(output).toMatch(/^pp+op+ True\n$/);
    });

    it('prints what a callback of a timer raises, and goes on', async () => {
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `
import machine, time
def tick(t):
    raise ValueError('tick')
machine.Timer(0, period=20, mode=machine.Timer.ONE_SHOT, callback=tick)
time.sleep_ms(100)
print('on')`,
      );
      expect(output).toBe(
        'Traceback (most recent call last):\n  File "<stdin>", line 4, in tick\nValueError: tick\non\n',
      );
    });

    it('calls handlers of the edges that a program asked for', async () => {
      const node = await startNode({ micropython });
      const running = node.exec(`
import machine, time
seen = []
button = machine.Pin(4, machine.Pin.IN)
irq = button.irq(lambda pin: seen.append(('f', pin.value())), machine.Pin.IRQ_FALLING)
both = machine.Pin(5, machine.Pin.IN).irq(lambda pin: seen.append((5, pin.value())))
print('ready')
while len(seen) < 3:
    time.sleep_ms(5)
print(seen, irq.trigger(), both.trigger(0))
machine.Pin(5).on()
time.sleep_ms(20)
print(len(seen))`);
      await node.waitForOutput('ready');
      const steps = [
        [4, 1],
        [4, 0],
        [5, 1],
        [5, 0],
      ] as const;
      for (const [pin, level] of steps) {
        node.machine.drive(pin, level);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await expect(running).resolves.toMatchObject({
        output: "ready\n[('f', 0), (5, 1), (5, 0)] 2 3\n3\n",
      });
    });

    it('resets softly where a program asks for it', async () => {
      const node = await startNode({
        micropython,
        files: {
          '/main.py': 'import machine\nif machine.reset_cause() != 5: machine.soft_reset()\nprint("over")',
        },
      });
      await expect(node.waitForBoot()).resolves.toBe('soft');
      await node.waitForOutput('over');
      expect(node.boots).toBe(2);
    });

    it('has the frequencies of an ESP32', async () => {
      const node = await startNode({ micropython });
      const output = await python(
        node,
        `
import machine
machine.freq(240000000)
print(machine.freq())
try:
    machine.freq(1)
except ValueError as e:
    print(e)`,
      );
      expect(output).toBe('240000000\nfrequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz\n');
    });

    it('has pins that a test can read, NVS that survives a power cut, and a number of its own', async () => {
      const node = await startNode({ micropython, name: 'kitchen' });
      const write = `
import machine, esp32
led = machine.Pin(2, machine.Pin.OUT, value=1)
nvs = esp32.NVS('app')
nvs.set_i32('count', -7)
nvs.set_blob('raw', b'\\x00\\xff')
nvs.commit()
print(led.value(), len(machine.unique_id()), machine.freq())`;
      expect(await python(node, write)).toBe('1 6 160000000\n');
      expect(node.machine.pins.get(2)?.level).toBe(1);
      await node.powerOff();
      await node.powerOn();
      const read = `
import esp32
nvs = esp32.NVS('app')
buf = bytearray(2)
print(nvs.get_i32('count'), nvs.get_blob('raw', buf), buf)
try:
    nvs.get_i32('none')
except OSError as e:
    print(e.args[1])`;
      expect(await python(node, read)).toBe("-7 2 bytearray(b'\\x00\\xff')\nESP_ERR_NVS_NOT_FOUND\n");
    });

    it('runs faster than the world where a test asks for it', async () => {
      const node = await startNode({ micropython, timeScale: 50 });
      const started = performance.now();
      const output = await python(
        node,
        `
import time
start = time.ticks_ms()
time.sleep(20)
print(20000 <= time.ticks_diff(time.ticks_ms(), start) < 24000)`,
      );
      expect(output).toBe('True\n');
      expect(performance.now() - started).toBeLessThan(5000);
    });
  });

  describe('heap', () => {
    it('reports all that a piece of code allocates, garbage included', async () => {
      const node = await startNode({ micropython });
      const little = await node.allocatedBytes('for _ in range(10): bytearray(1000)');
      const much = await node.allocatedBytes('for _ in range(100): bytearray(1000)');
      expect(little).toBeGreaterThanOrEqual(10_000);
      expect(much - little).toBeGreaterThanOrEqual(90_000);
      expect(much - little).toBeLessThan(100_000);
    });
  });
});
