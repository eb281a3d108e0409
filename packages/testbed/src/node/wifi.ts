import { EventEmitter } from 'node:events';

export interface AccessPoint {
  readonly ssid: string;
  /** Empty for an open network. */
  readonly password: string;
  readonly channel?: number;
  /** dBm. */
  readonly rssi?: number;
}

/** The air of a site: its access points, which a test may take away and bring back while nodes are connected. */
export class Wifi extends EventEmitter<{ change: [] }> {
  readonly #accessPoints = new Map<string, AccessPoint>();
  readonly #away = new Set<string>();

  constructor(accessPoints: readonly AccessPoint[] = []) {
    super();
    this.setMaxListeners(0); // one listener for each node of the site
    for (const accessPoint of accessPoints) this.add(accessPoint);
  }

  add(accessPoint: AccessPoint): void {
    this.#accessPoints.set(accessPoint.ssid, accessPoint);
    this.emit('change');
  }

  takeAway(ssid: string): void {
    this.#away.add(ssid);
    this.emit('change');
  }

  bringBack(ssid: string): void {
    this.#away.delete(ssid);
    this.emit('change');
  }

  /** Those in reach. */
  list(): AccessPoint[] {
    return [...this.#accessPoints.values()].filter(({ ssid }) => !this.#away.has(ssid));
  }

  find(ssid: string): AccessPoint | undefined {
    return this.#away.has(ssid) ? undefined : this.#accessPoints.get(ssid);
  }
}
