import { describe, expect, it } from 'vitest';
import { Wifi } from '../../src/index.ts';
import { python, startNode, supported } from './helpers.ts';

const connect = (ssid: string, password: string): string => `
import network, time
wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect('${ssid}', '${password}')
while wlan.status() == network.STAT_CONNECTING:
    time.sleep_ms(10)
print(wlan.status(), wlan.isconnected())
`;

describe.each(supported)('MicroPython %s', (micropython) => {
  describe('network.WLAN', () => {
    it('joins with the right password only, and sees who is there', async () => {
      const wifi = new Wifi([
        { ssid: 'home', password: 'secret', channel: 11, rssi: -40 },
        { ssid: 'guest', password: '' },
      ]);
      const node = await startNode({ micropython, wifi });
      expect(await python(node, connect('home', 'wrong'))).toBe('202 False\n');
      expect(await python(node, connect('nobody', ''))).toBe('201 False\n');
      expect(
        await python(node, `${connect('home', 'secret')}\nprint(wlan.ifconfig()[0], wlan.config('ssid'))`),
      ).toBe('1010 True\n192.168.4.20 home\n');
      expect(
        await python(node, 'import network\nprint([(e[0], e[2], e[4]) for e in network.WLAN().scan()])'),
      ).toBe("[(b'home', 11, 3), (b'guest', 6, 0)]\n");
    });

    it('loses an access point that goes away and comes back to it by itself', async () => {
      const wifi = new Wifi([{ ssid: 'home', password: 'secret' }]);
      const node = await startNode({ micropython, wifi });
      const program = node.exec(`${connect('home', 'secret')}
while wlan.isconnected():
    time.sleep_ms(10)
print('lost', wlan.status())
while not wlan.isconnected():
    time.sleep_ms(10)
print('back')`);
      await node.waitForOutput('1010 True');
      wifi.takeAway('home');
      await node.waitForOutput('lost 200');
      wifi.bringBack('home');
      await node.waitForOutput('back');
      await program;
    });

    it('sets the clock from a time server while there is one', async () => {
      const node = await startNode({ micropython });
      const sync = `
import ntptime
try:
    ntptime.settime()
    print(abs(time.time() - ${Math.floor(Date.now() / 1000) - 946_684_800}) < 60)
except OSError as e:
    print(e.args[0])`;
      expect(await python(node, `import time${sync}`)).toBe('-202\n');
      expect(await python(node, `${connect('site', '')}${sync}`)).toBe('1010 True\nTrue\n');
      node.machine.timeServer = false;
      expect(await python(node, `import time${sync}`)).toBe('116\n');
    });
  });
});
