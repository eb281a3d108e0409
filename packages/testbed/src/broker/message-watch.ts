import type { MqttClient } from 'mqtt';
import { BrokerError } from './broker-error.ts';
import type { BrokerObserver } from './broker.ts';
import { within } from './deadline.ts';
import { connectOwnClient, type ServerAddress } from './own-client.ts';

const attachMs = 10_000;
const defaultWaitMs = 10_000;
/** How long a stopped server's last messages may take to arrive. */
const lastMessagesMs = 1_000;
const shownTopics = 5;

/** A message as an observer saw it. */
export interface ObservedMessage {
  readonly topic: string;
  /** The payload as UTF-8 text. */
  readonly payload: string;
  readonly bytes: Uint8Array;
  /** True where it was retained before the observer came; so each restart of the broker brings it again. */
  readonly retained: boolean;
  /** When it arrived, in ms since the epoch. */
  readonly at: number;
}

/** Options of {@link MessageWatch.waitFor}. */
export interface WaitForOptions {
  /** @default 10000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Index in `messages` of the first one to look at, e.g. `messages.length` for new ones only. @default 0 */
  readonly from?: number;
}

/** Records what is published under a topic filter. Made by `watch`. */
export class MessageWatch implements BrokerObserver {
  readonly topicFilter: string;
  /** Everything seen so far, in order of arrival. */
  readonly messages: ObservedMessage[] = [];
  /** Settles {@link #changed} and makes a new one. */
  #wake: () => void = () => undefined;
  #changed = this.#nextChange();
  readonly #release: (watch: MessageWatch) => void;
  #client: MqttClient | undefined;
  #closed = false;

  constructor(topicFilter: string, release: (watch: MessageWatch) => void) {
    this.topicFilter = topicFilter;
    this.#release = release;
  }

  /**
   * The first message that satisfies `predicate`, seen already or still to come.
   *
   * @throws BrokerError `BROKER_WATCH_TIMEOUT`, `BROKER_WATCH_CLOSED`; the signal's reason.
   */
  async waitFor(
    predicate: (message: ObservedMessage) => boolean,
    { timeoutMs = defaultWaitMs, signal, from = 0 }: WaitForOptions = {},
  ): Promise<ObservedMessage> {
    signal?.throwIfAborted();
    const end = performance.now() + timeoutMs;
    const expired = (): BrokerError => this.#timeoutError(timeoutMs, from);
    let next = from;
    for (;;) {
      const message = this.messages[next];
      if (message) {
        if (predicate(message)) return message;
        next++;
      } else {
        if (this.#closed) throw this.#closedError();
        await within(this.#changed, { timeoutMs: end - performance.now(), signal, expired });
      }
    }
  }

  /** Called by the broker. */
  async attach(address: ServerAddress, signal?: AbortSignal): Promise<void> {
    const client = await connectOwnClient(address, {
      timeoutMs: attachMs,
      signal,
      prepare: (fresh) => {
        fresh.on('message', (topic, bytes, { retain }) => {
          this.messages.push({ topic, payload: bytes.toString(), bytes, retained: retain, at: Date.now() });
          this.#wake();
        });
      },
    });
    if (this.#closed) {
      await client.endAsync(true);
      return;
    }
    this.#client = client;
    const expired = (): BrokerError =>
      new BrokerError('BROKER_START', `No SUBACK for ${this.topicFilter} within ${attachMs} ms`);
    await within(client.subscribeAsync(this.topicFilter), { timeoutMs: attachMs, signal, expired });
  }

  /** Called by the broker, once its service has closed the connection. */
  async detach(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    this.#client = undefined;
    await ended(client);
    await client.endAsync(true);
  }

  /** Ends the observation. What was seen stays in `messages`; who still waits is told. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#release(this);
    this.#wake();
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  /** `await using` ends the watch. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#changed = this.#nextChange();
        resolve();
      };
    });
  }

  #closedError(): BrokerError {
    return new BrokerError('BROKER_WATCH_CLOSED', `The watch on ${this.topicFilter} was closed`);
  }

  /** Names topics only: a payload may be secret. */
  #timeoutError(timeoutMs: number, from: number): BrokerError {
    const seen = this.messages.slice(from).map(({ topic }) => topic);
    const last = seen.length > 0 ? `, the last on ${seen.slice(-shownTopics).join(', ')}` : '';
    return new BrokerError(
      'BROKER_WATCH_TIMEOUT',
      `No such message under ${this.topicFilter} within ${timeoutMs} ms; ${seen.length} others came${last}`,
    );
  }
}

/** Waits until the client has read all that a closing server sent. */
async function ended(client: MqttClient): Promise<void> {
  if (!client.connected) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lastMessagesMs);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
