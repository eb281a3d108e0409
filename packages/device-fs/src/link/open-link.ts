import { Duplex } from 'node:stream';
import { LinkError } from '../errors.ts';
import type { Link } from './link.ts';
import { streamLink } from './stream-link.ts';
import { connectTcp, type TcpAddress } from './tcp.ts';

export interface OpenLinkOptions {
  /** Milliseconds to open it. @default 10 000 */
  openMs?: number;
  signal?: AbortSignal;
}

const webReplPort = 8266;

/**
 * Opens the way to a board: a serial port by its path (`/dev/ttyUSB0`, `COM3`), `socket://host:port`. A link or a duplex stream is taken as it is.
 *
 * @throws LinkError, whose message says what to do.
 */
export async function openLink(to: string | Link | Duplex, options: OpenLinkOptions = {}): Promise<Link> {
  if (to instanceof Duplex) return streamLink(to);
  if (typeof to !== 'string') return to;
  const { openMs = 10_000, signal } = options;
  if (to.startsWith('socket://')) return streamLink(await connectTcp(tcpAddress(to), openMs, signal), to);
  throw new LinkError('LINK_ADDRESS', `${to} is no address: write socket://host:port or a port's path`);
}

/** @throws LinkError LINK_ADDRESS */
export function tcpAddress(address: string, defaultPort?: number): TcpAddress {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const port = Number(url?.port) || defaultPort;
  if (!url?.hostname || port === undefined) {
    throw new LinkError(
      'LINK_ADDRESS',
      `${address} is no address: it has to be like socket://192.168.4.1:${webReplPort}`,
    );
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
