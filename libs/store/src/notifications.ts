import { type Json, TradingError } from '@trading-agent/core';
import type { Database } from './database.ts';
import { bounded } from './database.ts';
import type { StoreLogger } from './logger.ts';

export interface Listening {
  stop(): Promise<void>;
}

/** A message of the channel; `null` when the connection was (re)made and messages may have been missed: read the state again then. */
export type NotificationCallback = (message: Json) => void | Promise<void>;

const LISTEN_TIMEOUT_MS = 15_000;
const QUEUE_LIMIT = 1_000;

/**
 * Calls `callback` for each message of the channel, one after the other. At most 1,000 wait for a slow callback; beyond that the oldest are
 * dropped and the callback is told by a `null` that it missed some.
 * @throws {TradingError} `USAGE` for a malformed channel name, `STORE_UNAVAILABLE`.
 */
export async function listen(
  database: Database,
  channel: string,
  callback: NotificationCallback,
  logger: StoreLogger,
): Promise<Listening> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) {
    throw new TradingError('USAGE', `Expected a channel name of lower-case letters, digits and _, was "${channel}"`);
  }
  const queue: Json[] = [];
  let working = false;
  let stopped = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (let message = queue.shift(); message !== undefined && !stopped; message = queue.shift()) {
        try {
          await callback(message);
        } catch (error) {
          logger.warn({ channel, reason: String(error) }, 'A listener failed');
        }
      }
    } finally {
      working = false;
    }
  };
  const receive = (message: Json): void => {
    if (stopped) return;
    if (queue.length >= QUEUE_LIMIT) {
      queue.length = 0;
      queue.push(null);
      logger.warn({ channel, limit: QUEUE_LIMIT }, 'A listener is too slow: messages were dropped');
    }
    queue.push(message);
    void work();
  };
  const subscription = await bounded('listen', LISTEN_TIMEOUT_MS, () =>
    database.sql.listen(
      channel,
      (text) => receive(parse(text)),
      () => receive(null),
    ),
  );
  return {
    stop: async () => {
      stopped = true;
      queue.length = 0;
      await bounded('unlisten', LISTEN_TIMEOUT_MS, () => subscription.unlisten());
    },
  };
}

/** Somebody else may use the channel with other words: they are passed on as a string. */
function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
