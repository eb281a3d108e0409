import type { EventEmitter } from 'node:events';
import type { SerialPort } from 'serialport';

/** Bits of libuv's `uv_poll_event`, by the names of the poller's events. */
const pollEvents = { readable: 1, writable: 2, disconnect: 4 };

interface Poller extends EventEmitter {
  poll: (events: number) => void;
}

/**
 * Keeps a write from waiting for ever. Where a system's buffer is full, @serialport/bindings-cpp 13.0.0 waits for the port to
 * become writable, and where there is nothing to read for it to become readable; but each wait replaces the other (its
 * Poller::poll starts libuv's watcher for the new event alone). A write that a later read pushed aside goes on only when
 * the board says something, and the board waits for the rest of the write. May go when the bindings watch for all that is
 * waited for. On Windows there is no poller.
 */
export function pollForAll(port: SerialPort): void {
  const { poller } = (port.port ?? {}) as { poller?: Poller };
  if (typeof poller?.poll !== 'function') return;
  const poll = poller.poll.bind(poller);
  poller.poll = (events) => {
    const waitedFor = Object.entries(pollEvents).filter(([name]) => poller.listenerCount(name) > 0);
    poll(waitedFor.reduce((all, [, bit]) => all | bit, events));
  };
}
