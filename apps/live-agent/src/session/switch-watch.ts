import { toTradingError } from '@trading-agent/core';
import {
  ALL_ACCOUNTS,
  KILL_SWITCH_CHANNEL,
  type Listening,
  type Store,
  type SwitchSetting,
} from '@trading-agent/store';
import { z } from 'zod';
import type { AgentLog } from '../log.ts';

/** What operators want now; `null`: nothing stands against trading. */
export type Wanted = Pick<SwitchSetting, 'state' | 'by' | 'reason'> | null;

type SwitchStore = Pick<Store, 'killSwitch' | 'listen'>;

/**
 * Knows at every step what the kill switch of an account says: read at the start and whenever it was set or a notification may have been
 * missed; a stop file is looked for at every step. While it can't be read, it halts.
 */
export class SwitchWatch {
  readonly #store: SwitchStore;
  readonly #account: string;
  readonly #log: AgentLog;
  #stored: Wanted = null;
  #isLifted = false;
  #reading: Promise<void> | null = null;
  #isStale = false;
  #listening: Listening | null = null;

  private constructor(store: SwitchStore, account: string, log: AgentLog) {
    this.#store = store;
    this.#account = account;
    this.#log = log;
  }

  /** @throws {TradingError} `STORE_UNAVAILABLE` when it can't be listened to; one that can't be read halts until it can. */
  static async open(store: SwitchStore, account: string, log: AgentLog): Promise<SwitchWatch> {
    const watch = new SwitchWatch(store, account, log);
    watch.#listening = await store.listen(KILL_SWITCH_CHANNEL, (message) => watch.#heard(message));
    await watch.#read();
    return watch;
  }

  /** What is wanted at this step. */
  wanted(): Wanted {
    if (this.#isStale) void this.#read();
    return this.#store.killSwitch.byFile() ?? this.#stored;
  }

  /** True once after somebody has set the switch to `run`, whether or not it stopped anything before: a human has looked. */
  takeLifted(): boolean {
    const isLifted = this.#isLifted;
    this.#isLifted = false;
    return isLifted;
  }

  async close(): Promise<void> {
    await this.#reading;
    await this.#listening
      ?.stop()
      .catch((error: unknown) => this.#log.warn({ error: String(error) }, 'The kill switch is no longer listened to'));
  }

  async #heard(message: unknown): Promise<void> {
    this.#isStale = true;
    await this.#read();
    // A setting that stands meanwhile is graver than the word that announced another.
    if (saysRun(message, this.#account) && this.wanted() === null) this.#isLifted = true;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    try {
      // What is announced while the switch is being read may not be in what was read.
      do {
        this.#isStale = false;
        this.#stored = await this.#store.killSwitch.inForce(this.#account);
      } while (this.#isStale);
    } catch (thrown) {
      this.#isStale = true;
      const { message } = toTradingError(thrown);
      this.#stored ??= { state: 'halt', by: 'live-agent', reason: `the kill switch can't be read: ${message}` };
    }
  }
}

const messageSchema = z.object({ scope: z.string(), state: z.string() });

function saysRun(message: unknown, account: string): boolean {
  const parsed = messageSchema.safeParse(message);
  if (!parsed.success || parsed.data.state !== 'run') return false;
  return parsed.data.scope === account || parsed.data.scope === ALL_ACCOUNTS;
}
