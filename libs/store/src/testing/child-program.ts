/**
 * A process for tests that kill processes: `node child-program.ts <role> <options as JSON>`. Prints one word per thing that has happened, then
 * waits to be killed or for its standard input to end.
 */
import { argv, stdin, stdout } from 'node:process';
import { marketDate, micros, toTradingError } from '@trading-agent/core';
import { openStore, type Store } from '../store.ts';

interface Options {
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly account?: string;
  readonly sessionId?: string;
}

const say = (...words: readonly (string | number)[]): void => void stdout.write(`${words.join(' ')}\n`);
const inputEnded = (): Promise<void> => new Promise((resolve) => stdin.resume().once('end', () => resolve()));

const roles: Record<string, (store: Store, options: Options) => Promise<void>> = {
  /** Opens the store and keeps it open. */
  open: async () => {
    say('open');
    await inputEnded();
  },
  /** Holds the account lock. */
  lock: async (store, options) => {
    await store.lockAccount(options.account ?? '', 'test child');
    say('locked');
    await inputEnded();
  },
  /** Journals and commits as fast as it can, forever, telling each committed sequence number. */
  trade: async (store, options) => {
    const sessionId = options.sessionId ?? '';
    const journal = await store.openJournal(sessionId, { segmentBytes: 2_000 });
    for (const entry of await store.outbox.list(sessionId, ['pending', 'sending'])) {
      await store.outbox.markAbandoned(sessionId, entry.id, 'killed before it was sent');
    }
    const date = marketDate('2015-12-24');
    for (;;) {
      const at = micros(1_450_967_400_000_000 + journal.committedSeq);
      const market = journal.appendMarket({
        at,
        payload: { date, quotes: Array.from({ length: 20 }, (_, i) => i / 8) },
      });
      const seq = journal.nextSeq();
      const id = `order-${seq}`;
      const { committedSeq } = await journal.commit({
        events: [{ seq, at, type: 'clock', payload: { market } }],
        decisions: [{ seq, index: 0, at, type: 'submit', payload: { id } }],
        outbox: [{ id, seq, kind: 'submit', payload: { id } }],
      });
      say('committed', committedSeq);
      await store.outbox.markSending(sessionId, id);
      say('sent', id);
      await store.outbox.markSent(sessionId, id, `broker-${id}`);
    }
  },
};

const [, , role = '', text = '{}'] = argv;
const options: Options = JSON.parse(text);
let store: Store | undefined;
try {
  const log = (_facts: unknown, message: string): void => say('log', message);
  store = await openStore({ ...options, logger: { info: log, warn: log } });
  await roles[role]?.(store, options);
} catch (thrown) {
  const error = toTradingError(thrown);
  say('failed', error.code, JSON.stringify(error));
} finally {
  await store?.close();
  say('closed');
}
