import { connect, type Socket } from 'node:net';
import { FlasherError } from '../errors.ts';
import { StreamPort } from './stream-port.ts';

const connectMs = 10_000;

/**
 * `socket://host:port`: raw bytes over TCP. There are no DTR and RTS: the board has to be in its loader already. Nor is
 * there a way to tell the far end another rate.
 */
export function tcpPort(url: string): StreamPort {
  return new StreamPort({ open: async () => ({ stream: await openSocket(url) }), isRateFixed: true });
}

/** @throws FlasherError PORT_NOT_FOUND if nobody listens there. */
export function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  if (port === '') throw new TypeError(`${url} names no port: write socket://host:port`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
    const fail = (cause: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(
        new FlasherError('PORT_NOT_FOUND', `Nobody answers at ${hostname}:${port}`, {
          remedy: 'Check the address, and that the serial server runs',
          cause,
        }),
      );
    };
    const timer = setTimeout(fail, connectMs, new Error(`no connection within ${connectMs / 1000} seconds`));
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
