import { type Clock, TradingError, formatRfc3339 } from '@trading-agent/core';
import { realSleep, type Sleep } from '@trading-agent/transport';
import { BudgetLedger, type BudgetUse, LONGEST_POLL, budgetFile } from './budget-ledger.ts';
import { type BudgetLimits, type RequestPriority, allowance } from './budget-limits.ts';

/** Who asks a vendor anything takes a token first: one for every page and every repeat. */
export interface RequestBudget {
  /**
   * Resolves when one request may be sent; the most urgent waiter first, over all processes, then in the order in which they came.
   * @throws {TradingError} `FEED_BUDGET_SPENT` at once when this priority's share of the day is used up, `CANCELLED` when `signal` fires,
   * `STORE_UNAVAILABLE` when the shared file stays locked.
   */
  take(priority: RequestPriority, signal?: AbortSignal): Promise<void>;
  /** Requests of the last 60 seconds and of today, over all processes. */
  use(): BudgetUse;
  /** What `priority` may still ask today. */
  leftToday(priority: RequestPriority): number;
  close(): void;
}

export interface RequestBudgetOptions {
  /** The budget lies in `<dataDir>/budget/<account>.sqlite`; without a folder it is this process's own and dies with it. */
  readonly dataDir?: string;
  readonly account: string;
  /** Of the account's tier. */
  readonly limits: BudgetLimits;
  readonly clock: Clock;
  /** How waiting is done; the machine's timer unless given. */
  readonly sleep?: Sleep;
}

/** Times in a row that the file may be found locked by another process, and how long to wait in between. */
const MOST_BUSY = 200;
const BUSY_MS = 10;

/** @throws {TradingError} `OUT_OF_RANGE` for limits below 1, `STORE_UNAVAILABLE` when the file can't be used. */
export function openRequestBudget(options: RequestBudgetOptions): RequestBudget {
  const { clock, limits } = options;
  allowance(limits, 'positions');
  const sleep = options.sleep ?? realSleep;
  const ledger = new BudgetLedger(
    options.dataDir === undefined ? ':memory:' : budgetFile(options.dataDir, options.account),
    limits,
  );
  return {
    async take(priority, signal = new AbortController().signal): Promise<void> {
      let ticket: number | null = null;
      let busy = 0;
      try {
        for (;;) {
          if (signal.aborted) throw cancelled(signal.reason);
          const decision = ledger.ask(priority, clock.now(), ticket);
          if (decision === null) {
            busy += 1;
            if (busy > MOST_BUSY)
              throw new TradingError('STORE_UNAVAILABLE', 'The request budget stays locked by another process');
            await waited(sleep(BUSY_MS, signal));
            continue;
          }
          busy = 0;
          if (decision.kind === 'granted') {
            ticket = null;
            return;
          }
          if (decision.kind === 'spent') {
            ticket = null;
            throw spent(priority, decision.used, formatRfc3339(decision.again));
          }
          ticket = decision.ticket;
          await waited(sleep(Math.ceil(Math.min(LONGEST_POLL, decision.micros) / 1_000), signal));
        }
      } finally {
        if (ticket !== null) ledger.leave(ticket);
      }
    },
    use: () => ledger.use(clock.now()),
    leftToday: (priority) => Math.max(0, allowance(limits, priority).perDay - ledger.use(clock.now()).today),
    close: () => ledger.close(),
  };
}

async function waited(sleeping: Promise<void>): Promise<void> {
  try {
    await sleeping;
  } catch (cause) {
    throw cancelled(cause);
  }
}

function cancelled(cause: unknown): TradingError {
  return new TradingError('CANCELLED', 'The wait for a request token was given up', { cause });
}

function spent(priority: RequestPriority, used: number, again: string): TradingError {
  return new TradingError('FEED_BUDGET_SPENT', `No ${priority} request is left today: ${used} of the tier's are used`, {
    hint: `The day's budget is new at ${again}; flat files need none of it.`,
    details: { priority, used, again },
  });
}
