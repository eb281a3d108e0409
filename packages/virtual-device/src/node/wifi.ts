import { EventEmitter } from 'node:events';

/** A WiFi network. */
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

  /** Puts up an access point. */
  add(accessPoint: AccessPoint): void {
    this.#accessPoints.set(accessPoint.ssid, accessPoint);
    this.emit('change');
  }

  /** Switches an access point off; stations lose it. */
  takeAway(ssid: string): void {
    this.#away.add(ssid);
    this.emit('change');
  }

  /** Switches an access point on again. */
  bringBack(ssid: string): void {
    this.#away.delete(ssid);
    this.emit('change');
  }

  /** Those in reach. */
  list(): AccessPoint[] {
    return [...this.#accessPoints.values()].filter(({ ssid }) => !this.#away.has(ssid));
  }

  /** An access point that is there now. */
  find(ssid: string): AccessPoint | undefined {
    return this.#away.has(ssid) ? undefined : this.#accessPoints.get(ssid);
  }
}
