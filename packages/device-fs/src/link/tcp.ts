import { connect, type Socket } from 'node:net';
import { LinkError } from '../errors.ts';

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port: start the server, or check the port number',
  ENOTFOUND: 'the name is not known: check the host name, or use an address',
  EAI_AGAIN: 'the name could not be looked up: check the network and the host name',
  EHOSTUNREACH: 'there is no way to that host: check the network',
  ENETUNREACH: 'there is no way to that network: check the network',
  ETIMEDOUT: 'the host does not answer: check that it is on',
};

/** A host that is gone without a word is noticed after some multiple of this, though nothing is sent. */
const keepAliveMs = 10_000;

export interface TcpAddress {
  host: string;
  port: number;
}

/** @throws LinkError LINK_OPEN, with what to do. */
export function connectTcp(address: TcpAddress, timeoutMs: number, signal?: AbortSignal): Promise<Socket> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const socket = connect({ host, port, noDelay: true });
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      action();
    };
    const onError = (cause: NodeJS.ErrnoException): void => {
      settle(() => {
        const hint = hints[cause.code ?? ''] ?? cause.message;
        reject(new LinkError('LINK_OPEN', `could not connect to ${host}:${port}: ${hint}`, { cause }));
      });
    };
    const giveUp = (error: Error): void => {
      settle(() => {
        socket.on('error', () => undefined).destroy();
        reject(error);
      });
    };
    const onAbort = (): void => {
      giveUp(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      const message = `${host}:${port} did not answer within ${timeoutMs} ms: check that it is on`;
      giveUp(new LinkError('LINK_OPEN', message));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.setKeepAlive(true, keepAliveMs);
      settle(() => {
        resolve(socket);
      });
    });
  });
}
