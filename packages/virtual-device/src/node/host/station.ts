import type { AccessPoint, Wifi } from '../wifi.ts';
import type { NodeClock } from './clock.ts';
import type { NodeServices, SyscallTable } from './syscall-table.ts';

/** network.STAT_* of the ESP32 port. */
const Stat = {
  idle: 1000,
  connecting: 1001,
  gotIp: 1010,
  noAccessPoint: 201,
  wrongPassword: 202,
  beaconTimeout: 200,
};
/** Association, four-way handshake and DHCP of a board take about this long; scans a little more. */
const connectMs = 200;
const scanMs = 300;
const stationInterface = 0;

/** A node's WLAN station. The connection is to the site's access points; the addresses it shows are a home network's. */
export class Station {
  readonly #wifi: Wifi;
  readonly #clock: NodeClock;
  readonly #services: NodeServices;
  readonly #onLost: () => void;
  readonly #onChange = (): void => {
    this.#airChanged();
  };
  #active = [false, false];
  #status: number = Stat.idle;
  #wanted: { ssid: string; password: string } | undefined;
  #cancelAttempt: (() => void) | undefined;
  #addresses = ['0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0'];
  #static: string[] | undefined;
  #reconnects = -1;

  constructor(wifi: Wifi, clock: NodeClock, services: NodeServices, onLost: () => void) {
    this.#wifi = wifi;
    this.#clock = clock;
    this.#services = services;
    this.#onLost = onLost;
    wifi.on('change', this.#onChange);
  }

  get isConnected(): boolean {
    return this.#status === Stat.gotIp;
  }

  /** The chip is reset: the radio is off. */
  reset(): void {
    this.#leave(Stat.idle);
    this.#active = [false, false];
    this.#wanted = undefined;
    this.#static = undefined;
    this.#reconnects = -1;
  }

  close(): void {
    this.reset();
    this.#wifi.off('change', this.#onChange);
  }

  readonly calls: SyscallTable = {
    'wlan.is_active': (args) => Number(this.#active[args.number(0)] ?? false),
    'wlan.active': (args) => {
      this.#active[args.number(0)] = args.number(1) === 1;
      if (args.number(0) === stationInterface && args.number(1) === 0) this.#leave(Stat.idle);
      return 0;
    },
    'wlan.connect': (args) => {
      if (!this.#active[stationInterface]) return -0x3002; // ESP_ERR_WIFI_NOT_STARTED
      if (args.string(0)) this.#wanted = { ssid: args.string(0), password: args.string(1) };
      this.#leave(Stat.connecting);
      this.#attempt();
      return 0;
    },
    'wlan.disconnect': () => {
      this.#wanted = undefined;
      this.#leave(Stat.idle);
      return 0;
    },
    'wlan.status': () => this.#status,
    'wlan.rssi': () => ({ text: String(this.#accessPoint()?.rssi ?? -60) }),
    'wlan.ssid': () => ({ text: this.#wanted?.ssid ?? '' }),
    'wlan.reconnects': (args) => {
      this.#reconnects = args.number(0);
      return 0;
    },
    'wlan.static': (args) => {
      this.#static = JSON.parse(args.string(0)) as string[];
      if (this.isConnected) this.#addresses = this.#static;
      return 0;
    },
    'wlan.ifconfig': () => ({ text: this.#addresses.join(' ') }),
    'wlan.scan': (args) => {
      const readyAt = this.#clock.now() + scanMs;
      const wake = this.#clock.after(scanMs, () => {
        this.#services.wake();
      });
      return {
        timeoutMs: args.number(0),
        expired: 0,
        poll: () => {
          if (this.#clock.now() + 1 < readyAt) return undefined;
          wake();
          return { text: JSON.stringify(this.#wifi.list().map(scanEntry)) };
        },
      };
    },
  };

  #accessPoint(): AccessPoint | undefined {
    return this.#wanted && this.#wifi.find(this.#wanted.ssid);
  }

  #attempt(): void {
    this.#cancelAttempt?.();
    this.#cancelAttempt = this.#clock.after(connectMs, () => {
      this.#cancelAttempt = undefined;
      const accessPoint = this.#accessPoint();
      if (!accessPoint) this.#status = Stat.noAccessPoint;
      else if (accessPoint.password !== this.#wanted?.password) this.#status = Stat.wrongPassword;
      else {
        this.#status = Stat.gotIp;
        this.#addresses = this.#static ?? ['192.168.4.20', '255.255.255.0', '192.168.4.1', '192.168.4.1'];
      }
      this.#services.wake();
    });
  }

  /** An access point went or came: a connected station loses it, a waiting one tries again as the chip does by itself. */
  #airChanged(): void {
    if (!this.#wanted) return;
    if (this.isConnected && !this.#accessPoint()) this.#leave(Stat.beaconTimeout);
    else if (!this.isConnected && this.#accessPoint() && this.#reconnects !== 0) {
      this.#status = Stat.connecting;
      this.#attempt();
    }
  }

  #leave(status: number): void {
    this.#cancelAttempt?.();
    this.#cancelAttempt = undefined;
    const wasConnected = this.isConnected;
    this.#status = status;
    this.#addresses = ['0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0'];
    if (wasConnected) this.#onLost();
  }
}

function scanEntry({ ssid, password, channel, rssi }: AccessPoint): unknown[] {
  const wpa2 = 3;
  return [ssid, '020000000001', channel ?? 6, rssi ?? -60, password ? wpa2 : 0];
}
