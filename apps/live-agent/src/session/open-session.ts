import { type MarketDate, marketDate, type Micros, toTradingError } from '@trading-agent/core';
import { firstStanding, standingAtOpen } from '@trading-agent/account-tiers';
import type { Broker } from '@trading-agent/broker';
import { previousSession } from '@trading-agent/calendar';
import {
  type EngineConfig,
  equityAtLastClose,
  expiryWindow,
  heldOnly,
  openingBooks,
  RunRecorder,
  sessionContracts,
  sessionKey,
  takeOver,
  TradingEngine,
  volatilityHistory,
} from '@trading-agent/engine';
import type { Bar } from '@trading-agent/instruments';
import type { MarketFeed } from '@trading-agent/market-data';
import type { SessionRow, Store } from '@trading-agent/store';
import type { AgentLog } from '../log.ts';
import type { PacedSession } from '../pacing/pacer.ts';
import { accountPast } from './account-past.ts';
import { AgentSession } from './agent-session.ts';
import { earlierSessions, recordsByDay } from './earlier-sessions.ts';
import { lastStanding } from './last-standing.ts';
import { OrderSender } from './order-sender.ts';
import type { SessionKnowledge } from './session-knowledge.ts';
import { QuoteSubscriptions, type WantedQuotes } from './quote-subscriptions.ts';
import { Supervision } from './supervision.ts';
import { SwitchWatch } from './switch-watch.ts';

/** Who writes in the audit log. */
export const ACTOR = 'live-agent';

export interface OpenSessionOptions {
  readonly store: Store;
  readonly feed: MarketFeed;
  readonly broker: Broker;
  readonly engine: EngineConfig;
  readonly underlyings: readonly string[];
  readonly mode: string;
  readonly seed: number;
  /** Rates, and what is due for the underlyings; nothing is known without it. */
  readonly knowledge?: SessionKnowledge;
  readonly log: AgentLog;
  /** See `OrderSenderOptions`. */
  readonly isRewound: boolean;
  readonly assertHeld: () => void;
}

/** A session with its journal open for writing. */
export interface OpenSession {
  readonly id: string;
  readonly date: MarketDate;
  readonly session: AgentSession;
  readonly sender: OrderSender;
  readonly supervision: Supervision;
  readonly subscriptions: QuoteSubscriptions;
  /** Option quotes that were asked for before a restart. */
  readonly subscribed: WantedQuotes;
  /** Takes up what the outbox held before a restart; the broker must be reachable. */
  readonly catchUp: (at: Micros) => Promise<void>;
  readonly close: () => Promise<void>;
}

type Assembled = Omit<OpenSession, 'catchUp' | 'subscribed'>;

async function assemble(
  options: OpenSessionOptions,
  id: string,
  account: string,
  date: MarketDate,
): Promise<Assembled> {
  const { store, broker, feed, log, isRewound, assertHeld } = options;
  const killSwitch = await SwitchWatch.open(store, account, log);
  const supervision = new Supervision(killSwitch);
  const subscriptions = new QuoteSubscriptions({ feed, mayRetry: !isRewound, supervision, log });
  const sender = new OrderSender({
    sessionId: id,
    outbox: store.outbox,
    broker,
    log,
    doubt: (reason) => supervision.doubt(reason),
    assertHeld,
    isRewound,
  });
  const journal = await store.openJournal(id, { uncommitted: 'drop' }).catch(async (error: unknown) => {
    await killSwitch.close();
    throw error;
  });
  const session = new AgentSession({
    engine: new TradingEngine(options.engine),
    recorder: new RunRecorder(date),
    journal,
    sender,
    supervision,
    subscribe: (wanted) => subscriptions.select(wanted),
    onOperator: async ({ at, command, reason }) => {
      log.warn({ sessionId: id, reason }, OPERATOR_MESSAGES[command]);
      await store.audit.append({ at, actor: ACTOR, action: `trading-${command}`, facts: { sessionId: id, reason } });
    },
  });
  const close = async (): Promise<void> => {
    await killSwitch.close();
    await journal.close();
  };
  return { id, date, session, sender, supervision, subscriptions, close };
}

const OPERATOR_MESSAGES = {
  halt: 'New risk is halted',
  flatten: 'New risk is halted, and everything is being closed',
  resume: 'New risk is allowed again',
} as const;

/** Brings an unfinished session to where its journal ends. @throws {TradingError} `JOURNAL_CORRUPT`, `STORE_*`. */
export async function resumeSession(options: OpenSessionOptions, row: SessionRow): Promise<OpenSession> {
  const opened = await assemble(options, row.id, row.account, marketDate(row.date));
  try {
    const { toldRejections, subscriptions } = await opened.session.replay();
    const { lastStep } = opened.session;
    const { at } = opened.session.view();
    options.log.info({ sessionId: row.id, lastStep }, 'Resumed the session from its journal');
    const facts = { sessionId: row.id, account: row.account, date: row.date, lastStep };
    await options.store.audit.append({ at, actor: ACTOR, action: 'session-resumed', facts });
    const catchUp = async (now: Micros): Promise<void> => {
      const statuses = ['pending', 'sending', 'sent', 'rejected', 'abandoned'] as const;
      const rows = await options.store.outbox.list(row.id, statuses);
      await opened.sender.resume(rows, now, (clientOrderId) => toldRejections.has(clientOrderId));
    };
    return { ...opened, subscribed: subscriptions, catchUp };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * Begins a session and journals what the engine must know of it, the holdings it takes over included: a resumed session finds them in its journal
 * and does not take over again.
 */
export async function startSession(
  options: OpenSessionOptions,
  accountNumber: string,
  paced: PacedSession,
): Promise<OpenSession> {
  const { store, feed, broker, underlyings } = options;
  const account = await broker.account();
  const { date, at } = paced;
  const earlier = await earlierSessions(store, accountNumber, options.mode, date);
  const takenOver = takeOver(earlier.at(-1)?.record ?? null, await broker.positions(), date);
  // As the engine counts: the broker's own figure holds what is left out (fractions of shares, coins).
  const books = openingBooks(account.cash, takenOver);
  const { equity: startEquity } = books;
  const held = heldOnly(takenOver, underlyings);
  const window = expiryWindow(paced.date, options.engine.strategies);
  const before = previousSession(paced.date);
  // Whoever comes in the middle of the day must know what the day has been so far.
  const historyTo = paced.at > paced.open ? paced.date : before;
  const contracts = [];
  const history: Bar[] = [];
  for (const underlying of underlyings) {
    contracts.push(
      ...(await feed.contracts({ underlying, asOf: paced.date, expiryFrom: window.from, expiryTo: window.to })),
    );
    const bars = await feed.minuteBars(underlying, before, historyTo);
    history.push(...bars.filter((bar) => bar.end <= paced.at));
  }
  const prices = lastPrices(history);
  history.push(...(await heldHistory(options, held, { from: before, to: historyTo, at: paced.at })));
  const known = await options.knowledge?.([...underlyings, ...held].sort(), date, prices);
  const stood = await lastStanding(store, accountNumber, options.mode, date);
  const past = await accountPast(store, earlier, date);
  const volatility = volatilityHistory(recordsByDay(earlier, date), underlyings);
  const standing =
    stood === undefined
      ? firstStanding(startEquity, options.engine.tiers)
      : standingAtOpen(stood, startEquity, options.engine.tiers).standing;
  const settings = {
    underlyings,
    seed: options.seed,
    model: options.engine.model.id,
    tier: standing.tier,
    standing: { tier: standing.tier, waited: standing.waited },
    market: options.mode,
    // What a later run of this day measures its losses from.
    startEquity,
  };
  const { id, run } = await store.sessions.start({ account: accountNumber, date, mode: options.mode, settings });
  const facts = { sessionId: id, account: accountNumber, date, run, mode: options.mode };
  await store.audit.append({ at, actor: ACTOR, action: 'session-started', facts });
  const opened = await assemble(options, id, accountNumber, date);
  try {
    await opened.session.open({
      type: 'session',
      at,
      session: {
        key: sessionKey(accountNumber, date, run),
        date,
        open: paced.open,
        close: paced.close,
        account: {
          number: accountNumber,
          cash: account.cash,
          optionsLevel: account.optionsLevel,
          tradable: account.tradable,
          previousClose: equityAtLastClose(account, books),
          ...(stood === undefined ? {} : { standing: stood }),
          ...(past === undefined ? {} : { past }),
          ...(takenOver === null ? {} : { takenOver }),
        },
        underlyings,
        ...(held.length === 0 ? {} : { heldOnly: held }),
        ...known,
        ...(Object.keys(volatility).length === 0 ? {} : { volatilityHistory: volatility }),
        contracts: sessionContracts(contracts, underlyings, window, takenOver),
        history,
      },
    });
  } catch (error) {
    await opened.close();
    throw toTradingError(error);
  }
  return { ...opened, subscribed: new Map(), catchUp: () => Promise.resolve() };
}

/** The past of what is only held helps to measure it: a session begins without it where the vendor does not know the symbol. */
async function heldHistory(
  { feed, log }: OpenSessionOptions,
  held: readonly string[],
  span: { readonly from: MarketDate; readonly to: MarketDate; readonly at: Micros },
): Promise<readonly Bar[]> {
  const history: Bar[] = [];
  for (const symbol of held) {
    try {
      const bars = await feed.minuteBars(symbol, span.from, span.to);
      history.push(...bars.filter((bar) => bar.end <= span.at));
    } catch (error) {
      const { code } = toTradingError(error);
      log.warn({ symbol, code }, 'The bars of an underlying that something is held on could not be had');
    }
  }
  return history;
}

function lastPrices(bars: readonly Bar[]): ReadonlyMap<string, number> {
  return new Map(bars.map(({ symbol, close }) => [symbol, close]));
}
