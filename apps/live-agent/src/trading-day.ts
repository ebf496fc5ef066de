import { concatMap, filter, firstValueFrom, type Observable, takeWhile, tap, timeout } from 'rxjs';
import { isTradingError, type MarketDate, marketDate, type Micros, TradingError } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import type { Broker } from '@trading-agent/broker';
import { previousSession } from '@trading-agent/calendar';
import {
  type Decision,
  type EngineConfig,
  type EngineEvent,
  type EngineView,
  expiryWindow,
  RunRecorder,
  type RunReport,
  sessionContracts,
  sessionKey,
  TradingEngine,
} from '@trading-agent/engine';
import type { MarketFeed } from '@trading-agent/market-data';
import type { AccountLock, SessionRow, Store } from '@trading-agent/store';
import type { AgentLog } from './log.ts';
import type { PacedSession, Pacer } from './pacing/pacer.ts';
import { AgentSession } from './session/agent-session.ts';
import { OrderSender } from './session/order-sender.ts';
import { assertBrokerAgrees } from './session/reconciliation.ts';

/** Everything a trading day needs from outside. */
export interface TradingDayOptions {
  readonly store: Store;
  readonly feed: MarketFeed;
  readonly broker: Broker;
  /** True while the order stream is up; the day begins with its first `true`. */
  readonly brokerListening: Observable<boolean>;
  /** What leaves the books in doubt: each halts new risk. */
  readonly doubts: Observable<TradingError>;
  readonly pacer: Pacer;
  readonly engine: EngineConfig;
  /** The account's lock when the caller holds it already, and releases it. */
  readonly lock?: AccountLock;
  readonly underlyings: readonly string[];
  /** `paper`, `live`, `replay` or `sim`: kept with the session. */
  readonly mode: string;
  readonly seed: number;
  /** Take up the unfinished session of this account, if there is one. */
  readonly resume: boolean;
  /** End with the first step at or after the close; otherwise the day goes on as long as the market sends. */
  readonly exitAtClose: boolean;
  readonly log: AgentLog;
  /** Called once when the session is open and after each step. */
  readonly onStep?: (progress: DayProgress) => void;
  readonly signal?: AbortSignal;
}

export interface DayProgress {
  readonly sessionId: string;
  readonly at: Micros;
  readonly open: Micros;
  readonly close: Micros;
  readonly view: EngineView;
  /** What this step decided; empty when the session opens. */
  readonly decisions: readonly Decision[];
}

export interface TradingDayResult {
  readonly sessionId: string;
  readonly report: RunReport;
  /** False when the day was interrupted: the session can be resumed. */
  readonly complete: boolean;
}

const LISTEN_TIMEOUT_MS = 15_000;
const ACTOR = 'live-agent';
const SESSIONS_LOOKED_AT = 1_000;

/**
 * Trades one day: locks the account, opens or resumes the session, runs every step through journal, engine, commit and broker, and closes
 * the books against the broker's.
 * @throws {TradingError} `ACCOUNT_LOCKED` when another process trades the account, `BROKER_DISAGREES` when the books differ at the end, and
 * the errors of store, feed and broker; the session stays resumable after each of them.
 */
export async function tradeDay(options: TradingDayOptions): Promise<TradingDayResult> {
  try {
    const { accountNumber } = await options.broker.account();
    if (options.lock !== undefined && options.lock.account !== accountNumber) {
      throw new TradingError(
        'BROKER_DISAGREES',
        `Expected to trade account ${options.lock.account}, the broker says ${accountNumber}`,
      );
    }
    const lock = options.lock ?? (await options.store.lockAccount(accountNumber, `live-agent, pid ${process.pid}`));
    try {
      return await tradeLocked(options, accountNumber, lock);
    } finally {
      if (options.lock === undefined) await lock.release();
    }
  } finally {
    await options.pacer.close();
    await options.feed.close();
  }
}

async function tradeLocked(
  options: TradingDayOptions,
  accountNumber: string,
  lock: AccountLock,
): Promise<TradingDayResult> {
  const { store, pacer, log } = options;
  const unfinished = options.resume ? await unfinishedSession(store, accountNumber) : undefined;
  if (options.resume && unfinished === undefined)
    log.info({ account: accountNumber }, 'No unfinished session: a new one begins');
  const resumed = unfinished === undefined ? undefined : await resumeSession(options, unfinished.id, unfinished.date);
  const paced = await pacer.attach(resumed?.session.lastStep ?? -1);
  if (resumed !== undefined && unfinished?.date !== paced.date) {
    await resumed.close();
    throw new TradingError(
      'BROKER_DISAGREES',
      `The unfinished session is of ${unfinished?.date}, the market is at ${paced.date}`,
      {
        hint: 'Start without --resume to begin a new session.',
      },
    );
  }
  const opened = resumed ?? (await startSession(options, accountNumber, paced));
  try {
    const complete = await runSteps(options, opened, paced, lock);
    const report = opened.session.report();
    if (complete) {
      await store.sessions.finish(opened.id, JSON.parse(JSON.stringify(report)));
      await store.audit.append({
        at: opened.session.view().at,
        actor: ACTOR,
        action: 'session-finished',
        facts: { sessionId: opened.id, fingerprint: report.fingerprint },
      });
      await assertBrokerAgrees(options.broker, opened.session.view());
    }
    return { sessionId: opened.id, report, complete };
  } finally {
    await opened.close();
  }
}

interface OpenSession {
  readonly id: string;
  readonly session: AgentSession;
  readonly sender: OrderSender;
  /** Sends again, or looks up, what the outbox held; nothing for a new session. */
  readonly catchUp: (at: Micros) => Promise<void>;
  readonly subscriptions: Parameters<MarketFeed['subscribeQuotes']>[0];
  readonly close: () => Promise<void>;
}

async function unfinishedSession(store: Store, account: string): Promise<SessionRow | undefined> {
  const latest = (await store.sessions.list(SESSIONS_LOOKED_AT)).find((row) => row.account === account);
  // A session that never got to its first commit holds nothing to resume.
  return latest?.status === 'running' && latest.committedSeq > 0 ? latest : undefined;
}

async function assemble(
  options: TradingDayOptions,
  id: string,
  date: MarketDate,
): Promise<Omit<OpenSession, 'catchUp' | 'subscriptions'>> {
  const { store, broker, feed, log } = options;
  const journal = await store.openJournal(id, { uncommitted: 'drop' });
  const sender = new OrderSender({ sessionId: id, outbox: store.outbox, broker, logger: log });
  const session = new AgentSession({
    engine: new TradingEngine(options.engine),
    recorder: new RunRecorder(date),
    journal,
    sender,
    subscribe: (symbols) => feed.subscribeQuotes(symbols),
  });
  return { id, session, sender, close: () => journal.close() };
}

async function resumeSession(options: TradingDayOptions, id: string, date: string): Promise<OpenSession> {
  const opened = await assemble(options, id, marketDate(date));
  const { toldRejections, subscriptions } = await opened.session.replay();
  options.log.info({ sessionId: id, lastStep: opened.session.lastStep }, 'Resumed the session from its journal');
  const catchUp = async (at: Micros): Promise<void> => {
    const rows = await options.store.outbox.list(id, ['pending', 'sending', 'sent', 'rejected', 'abandoned']);
    await opened.sender.resume(rows, at, (clientOrderId) => toldRejections.has(clientOrderId));
  };
  return { ...opened, catchUp, subscriptions };
}

async function startSession(
  options: TradingDayOptions,
  accountNumber: string,
  paced: PacedSession,
): Promise<OpenSession> {
  const { store, feed, broker, underlyings } = options;
  const account = await broker.account();
  const window = expiryWindow(paced.date, options.engine.strategies);
  const before = previousSession(paced.date);
  const contracts = [];
  const history = [];
  for (const underlying of underlyings) {
    contracts.push(
      ...(await feed.contracts({ underlying, asOf: paced.date, expiryFrom: window.from, expiryTo: window.to })),
    );
    history.push(...(await feed.minuteBars(underlying, before, before)));
  }
  const tier = tierFor(account.equity, options.engine.tiers, options.engine.riskTolerance).name;
  const settings = { underlyings, seed: options.seed, model: options.engine.model.id, tier, market: options.mode };
  const { id, run } = await store.sessions.start({
    account: accountNumber,
    date: paced.date,
    mode: options.mode,
    settings,
  });
  await store.audit.append({
    at: paced.at,
    actor: ACTOR,
    action: 'session-started',
    facts: { sessionId: id, account: accountNumber, date: paced.date, run, mode: options.mode },
  });
  const opened = await assemble(options, id, paced.date);
  const event: EngineEvent & { type: 'session' } = {
    type: 'session',
    at: paced.at < paced.open ? paced.at : paced.open,
    session: {
      key: sessionKey(accountNumber, paced.date, run),
      date: paced.date,
      open: paced.open,
      close: paced.close,
      account: {
        number: accountNumber,
        cash: account.cash,
        optionsLevel: account.optionsLevel,
        tradable: account.tradable,
      },
      underlyings,
      contracts: sessionContracts(contracts, underlyings, window),
      history,
    },
  };
  await opened.session.open(event);
  return { ...opened, catchUp: () => Promise.resolve(), subscriptions: [] };
}

/** @returns false when the run was interrupted by its signal. */
async function runSteps(
  options: TradingDayOptions,
  opened: OpenSession,
  paced: PacedSession,
  lock: AccountLock,
): Promise<boolean> {
  const { pacer, feed, signal } = options;
  await feed.connect();
  await feed.subscribeBars(options.underlyings);
  if (opened.subscriptions.length > 0) await feed.subscribeQuotes(opened.subscriptions);
  await firstValueFrom(options.brokerListening.pipe(filter(Boolean), timeout(LISTEN_TIMEOUT_MS)));
  await opened.catchUp(paced.at);
  // A simulated market tells again what happened while the agent was away; a real one does not, so the books must agree with it now.
  if (!pacer.redelivers) {
    await assertBrokerAgrees(options.broker, opened.session.view()).catch((error: unknown) => {
      if (!isTradingError(error, 'BROKER_DISAGREES')) throw error;
      opened.sender.halt(paced.at, error.message);
    });
  }
  let lost: TradingError | null = null;
  void lock.lost.then((error) => (lost = error));
  const doubts = options.doubts.subscribe((doubt) => opened.sender.halt(opened.session.view().at, doubt.message));
  const tell = (at: Micros, decisions: readonly Decision[]): void => {
    const { open, close } = paced;
    options.onStep?.({ sessionId: opened.id, at, open, close, view: opened.session.view(), decisions });
  };
  tell(paced.at, []);
  let isInterrupted = false;
  let isBusy = false;
  const steps = pacer.steps.pipe(
    concatMap(async (step) => {
      if (lost !== null) throw lost;
      isBusy = true;
      const decisions = await opened.session.process(step);
      isBusy = false;
      return { ...step, decisions };
    }),
    tap((step) => {
      tell(step.at, step.decisions);
      isInterrupted = signal?.aborted ?? false;
      if (!isInterrupted) pacer.acknowledge(step.step);
    }),
    takeWhile((step) => !isInterrupted && !(options.exitAtClose && step.at >= paced.close)),
  );
  await new Promise<void>((resolve, reject) => {
    const subscription = steps.subscribe({ complete: resolve, error: reject });
    // A step under way is finished first; between two steps the subscription can simply end.
    const interrupt = (): void => {
      if (isBusy) return;
      isInterrupted = true;
      subscription.unsubscribe();
      resolve();
    };
    if (signal?.aborted) return interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    pacer.ready();
  });
  doubts.unsubscribe();
  return !isInterrupted;
}
