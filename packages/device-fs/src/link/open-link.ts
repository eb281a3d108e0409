import { Duplex } from 'node:stream';
import { LinkError } from '../errors.ts';
import type { Link } from './link.ts';
import { openRfc2217 } from './rfc2217-link.ts';
import { openSerial, type SerialOptions } from './serial-link.ts';
import { streamLink } from './stream-link.ts';
import { connectTcp, type TcpAddress } from './tcp.ts';
import { openWebRepl } from './webrepl-link.ts';

/** How to open an address. */
export interface OpenLinkOptions extends SerialOptions {
  /** WebREPL's. */
  password?: string;
  /** Milliseconds to open it. @default 10 000 */
  openMs?: number;
  /** Ends opening. */
  signal?: AbortSignal;
}

const webReplPort = 8266;
const telnetSerialPort = 2217;

/**
 * Opens the way to a board: a serial port by its path (`/dev/ttyUSB0`, `COM3`), `socket://host:port`,
 * `rfc2217://host:port`, `ws://host:8266`. A link or a duplex stream is taken as it is.
 *
 * @throws LinkError, whose message says what to do.
 */
export async function openLink(to: string | Link | Duplex, options: OpenLinkOptions = {}): Promise<Link> {
  if (to instanceof Duplex) return streamLink(to);
  if (typeof to !== 'string') return to;
  const { openMs = 10_000, password, signal } = options;
  const [, scheme] = /^(\w+):\/\//.exec(to) ?? [];
  switch (scheme) {
    case undefined:
      return openSerial(to, options, openMs, signal);
    case 'socket':
      return streamLink(await connectTcp(tcpAddress(to), openMs, signal), to);
    case 'rfc2217':
      return openRfc2217(
        await connectTcp(tcpAddress(to, telnetSerialPort), openMs, signal),
        to,
        options,
        openMs,
        signal,
      );
    case 'ws': {
      const { host, port } = tcpAddress(to, webReplPort);
      const name = host.includes(':') ? `[${host}]` : host;
      return openWebRepl(`ws://${name}:${port}/`, password, openMs, signal);
    }
    default:
      throw new LinkError(
        'LINK_ADDRESS',
        `${scheme}:// is not known: use socket://, rfc2217://, ws:// or a port's path`,
      );
  }
}

/** @throws LinkError LINK_ADDRESS */
function tcpAddress(address: string, defaultPort?: number): TcpAddress {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // The URL of a known scheme hides its default port.
  const port = Number(url?.port) || (url?.protocol === 'ws:' && /:80(\/|$)/.test(address) ? 80 : defaultPort);
  if (url?.username || url?.password) {
    const message = 'a password does not belong into an address: give it in the option "password"';
    throw new LinkError('LINK_ADDRESS', message);
  }
  if (!url?.hostname || port === undefined) {
    throw new LinkError(
      'LINK_ADDRESS',
      `${address} is no address: it has to be like socket://192.168.4.1:8266`,
    );
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
