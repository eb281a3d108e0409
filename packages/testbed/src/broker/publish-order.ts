import type { Aedes, AuthorizePublishHandler, Client } from 'aedes';

/**
 * Lets aedes handle one PUBLISH of a client after the other. By itself it handles what comes in one segment side by side; a retained
 * message, which is stored first, is overtaken by the next one and then dropped as a duplicate, since its number is lower than the
 * last one delivered (aedes 1.2, lib/client.js, `dedupe`).
 */
export class PublishOrder {
  readonly #waiting = new WeakMap<Client, (() => void)[]>();

  /** Watches for messages that are through. */
  watch(aedes: Aedes): void {
    aedes.on('publish', (_packet, client) => {
      if (client) this.#next(client);
    });
  }

  readonly authorizePublish: AuthorizePublishHandler = (client, _packet, done) => {
    const proceed = (): void => {
      done(null);
    };
    if (!client) {
      proceed(); // a last will whose client is gone
      return;
    }
    const waiting = this.#waiting.get(client);
    if (waiting) {
      waiting.push(proceed);
    } else {
      this.#waiting.set(client, []);
      proceed();
    }
  };

  #next(client: Client): void {
    const next = this.#waiting.get(client)?.shift();
    if (next) next();
    else this.#waiting.delete(client);
  }
}
