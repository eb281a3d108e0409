import { lookup } from 'node:dns';
import { NodeSocket } from './node-socket.ts';
import type { TlsRequest } from './tls.ts';
import {
  Errno,
  type Arguments,
  type Answer,
  type NodeServices,
  type SyscallTable,
  type Waiting,
} from './syscall-table.ts';

const poll = { in: 1, out: 4, error: 8, hangUp: 16 };
const firstHandle = 1; // 0 is the console in select.poll

export interface NetworkOptions {
  /** Names a node can look up besides those of this computer; `hang` never answers. */
  readonly hosts: Map<string, string>;
  /** Whether the node's WLAN is connected. */
  readonly isConnected: () => boolean;
  readonly consoleReadable: () => boolean;
}

const lineFeed = 10;

/** The sockets of one node. */
export class Sockets {
  readonly #services: NodeServices;
  readonly #options: NetworkOptions;
  readonly #sockets = new Map<number, NodeSocket>();
  readonly #hostPorts = new Map<number, number>();
  #last = firstHandle;

  constructor(services: NodeServices, options: NetworkOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** The port on this computer where the node's server on `nodePort` is reached. */
  hostPort(nodePort: number): number | undefined {
    return this.#hostPorts.get(nodePort);
  }

  /** WiFi is lost, or the node reset. */
  abortAll(errno: number = Errno.ECONNABORTED): void {
    for (const socket of this.#sockets.values()) socket.abort(errno);
    this.#services.wake();
  }

  closeAll(): void {
    this.abortAll();
    this.#sockets.clear();
    this.#hostPorts.clear();
  }

  readonly calls: SyscallTable = {
    'net.resolve': (args) => this.#resolve(args),
    'net.socket': () => this.#add(new NodeSocket(this.#wake)),
    'net.connect': (args) => this.#connect(args),
    'net.reuse': (args) =>
      this.#with(args, (socket) => {
        socket.reusesAddress = args.number(1) !== 0;
        return 0;
      }),
    'net.bind': (args) =>
      this.#with(args, (socket) => {
        const port = args.number(2);
        const isFree = (other: NodeSocket): boolean => socket.reusesAddress && other.reusesAddress;
        if (!this.#others(socket, port).every(isFree)) return -Errno.EADDRINUSE;
        socket.boundPort = port;
        return 0;
      }),
    'net.listen': (args) =>
      this.#with(args, (socket) => {
        const port = socket.boundPort;
        if (this.#others(socket, port).some((other) => other.isServer)) return -Errno.EADDRINUSE;
        socket.listen(args.number(1), (hostPort) => this.#hostPorts.set(port, hostPort));
        return 0;
      }),
    'net.accept': (args) => this.#accept(args),
    'net.recv': (args) => this.#receive(args),
    'net.recv_line': (args) => this.#receive(args, lineFeed),
    'net.send': (args) => this.#send(args),
    'net.tls': (args) => this.#startTls(args),
    'net.peercert': (args) =>
      this.#with(args, (socket) => ({ text: socket.tls?.getPeerCertificate().raw.toString('base64') ?? '' })),
    'net.cipher': (args) =>
      this.#with(args, (socket) => {
        const cipher = socket.tls?.getCipher();
        return { text: cipher ? `${cipher.name} ${cipher.version}` : '' };
      }),
    'net.close': (args) =>
      this.#with(args, (socket) => {
        socket.close();
        if (socket.isServer) this.#hostPorts.delete(socket.boundPort);
        this.#sockets.delete(args.number(0));
        return 0;
      }),
    poll: (args) => this.#poll(args),
  };

  readonly #wake = (): void => {
    this.#services.wake();
  };

  #add(socket: NodeSocket): number {
    const handle = this.#last++;
    this.#sockets.set(handle, socket);
    return handle;
  }

  #with(args: Arguments, action: (socket: NodeSocket) => Answer): Answer {
    const socket = this.#sockets.get(args.number(0));
    return socket ? action(socket) : -Errno.EBADF;
  }

  /** The other sockets of this node that a program has bound to the port. */
  #others(socket: NodeSocket, port: number): NodeSocket[] {
    return [...this.#sockets.values()].filter(
      (other) => other !== socket && port !== 0 && other.boundPort === port,
    );
  }

  #resolve(args: Arguments): Answer | Waiting {
    const name = args.string(0);
    if (!this.#options.isConnected()) return -Errno.EAI_FAIL;
    let answer: Answer | undefined;
    const known = this.#options.hosts.get(name);
    if (known !== undefined && known !== 'hang') return { text: known };
    if (known === undefined) {
      lookup(name, { family: 4 }, (error, address) => {
        answer = error ? -Errno.EAI_FAIL : { text: address };
        this.#services.wake();
      });
    }
    return { timeoutMs: args.number(1), expired: -Errno.EAI_FAIL, poll: () => answer };
  }

  #connect(args: Arguments): Answer | Waiting {
    const socket = this.#sockets.get(args.number(0));
    if (!socket) return -Errno.EBADF;
    if (!this.#options.isConnected()) return -Errno.EHOSTUNREACH;
    if (socket.state === 'new') socket.connect(args.string(1), args.number(2));
    return {
      timeoutMs: args.number(3),
      expired: -Errno.ETIMEDOUT,
      wouldBlock: -Errno.EINPROGRESS,
      poll: () => (socket.error ? -socket.error : socket.state === 'connected' ? 0 : undefined),
    };
  }

  #accept(args: Arguments): Answer | Waiting {
    const server = this.#sockets.get(args.number(0));
    if (!server) return -Errno.EBADF;
    return this.#waiting(args.number(1), server, () => {
      const accepted = server.accept();
      if (!accepted) return undefined;
      const socket = new NodeSocket(this.#wake, accepted);
      accepted.resume();
      const { host, port } = socket.peer;
      return { status: this.#add(socket), text: `${host} ${port}` };
    });
  }

  #receive(args: Arguments, last?: number): Answer | Waiting {
    const socket = this.#sockets.get(args.number(0));
    if (!socket) return -Errno.EBADF;
    if (socket.state === 'new') return -Errno.ENOTCONN;
    return this.#waiting(args.number(3), socket, () =>
      socket.receive(this.#services.memory(args.number(1), args.number(2)), last),
    );
  }

  #send(args: Arguments): Answer | Waiting {
    const socket = this.#sockets.get(args.number(0));
    if (!socket) return -Errno.EBADF;
    if (socket.state === 'new') return -Errno.ENOTCONN;
    return this.#waiting(args.number(3), socket, () => {
      if (socket.hungUp) return -Errno.ECONNRESET;
      if (!socket.writable) return undefined;
      const bytes = this.#services.memory(args.number(1), args.number(2)).slice();
      socket.send(bytes);
      return bytes.length;
    });
  }

  #startTls(args: Arguments): Answer | Waiting {
    const socket = this.#sockets.get(args.number(0));
    if (!socket) return -Errno.EBADF;
    if (socket.state === 'connected' && !socket.tls)
      socket.startTls(JSON.parse(args.string(1)) as TlsRequest);
    return {
      timeoutMs: args.number(2),
      expired: -Errno.ETIMEDOUT,
      wouldBlock: 0,
      poll: () => {
        if (socket.tlsError) return { status: -Errno.EIO, text: socket.tlsError };
        if (socket.error) return { status: -socket.error, text: '' };
        return socket.state === 'connected' ? 0 : undefined;
      },
    };
  }

  /** A call on a socket: its data first, then its error, else wait. */
  #waiting(timeoutMs: number, socket: NodeSocket, take: () => Answer | undefined): Waiting {
    return {
      timeoutMs,
      expired: -Errno.ETIMEDOUT,
      wouldBlock: -Errno.EAGAIN,
      poll: () => {
        const answer = take();
        if (answer !== undefined && answer !== 0) return answer;
        return socket.error ? -socket.error : answer;
      },
    };
  }

  /** `index:handle:mask …` in, `index:events …` out. */
  #poll(args: Arguments): Waiting {
    const wanted = args
      .string(0)
      .split(' ')
      .filter(Boolean)
      .map((item) => item.split(':').map(Number) as [index: number, handle: number, mask: number]);
    return {
      timeoutMs: args.number(1),
      expired: { text: '' },
      poll: () => {
        const ready = wanted
          .map(([index, handle, mask]) => [index, this.#events(handle, mask)] as const)
          .filter(([, events]) => events !== 0);
        if (ready.length === 0) return undefined;
        return { text: ready.map(([index, events]) => `${index}:${events}`).join(' ') };
      },
    };
  }

  #events(handle: number, mask: number): number {
    if (handle === 0) return mask & (poll.out | (this.#options.consoleReadable() ? poll.in : 0));
    const socket = this.#sockets.get(handle);
    if (!socket) return poll.error;
    let events = mask & ((socket.readable ? poll.in : 0) | (socket.writable ? poll.out : 0));
    if (socket.error) events |= poll.error;
    if (socket.hungUp) events |= poll.hangUp;
    return events;
  }
}
