import { filter, firstValueFrom, ignoreElements, merge, type Observable, throwError, timeout } from 'rxjs';
import {
  formatRfc3339,
  MICROS_PER_MINUTE,
  type Micros,
  micros,
  toTradingError,
  TradingError,
} from '@trading-agent/core';
import type { Broker } from '@trading-agent/broker';
import { nyInstant, requireSession } from '@trading-agent/calendar';
import type { Decision, EngineConfig, EngineView, RunReport } from '@trading-agent/engine';
import type { FeedGap, MarketFeed } from '@trading-agent/market-data';
import type { AccountLock, SessionRow, Store } from '@trading-agent/store';
import { abandonSessions } from './abandon.ts';
import type { AgentLog } from './log.ts';
import type { LinkStatus, PacedSession, PacedStep, Pacer } from './pacing/pacer.ts';
import { BrokerWatch } from './session/broker-watch.ts';
import { asJson } from './session/journal-codec.ts';
import type { SessionKnowledge } from './session/session-knowledge.ts';
import {
  ACTOR,
  type OpenSession,
  type OpenSessionOptions,
  resumeSession,
  startSession,
} from './session/open-session.ts';
import { assertBrokerAgrees, reconcile } from './session/reconciliation.ts';
import type { Supervision } from './session/supervision.ts';
import { runSteps } from './step-loop.ts';

/** Everything a trading day needs from outside. */
export interface TradingDayOptions {
  readonly store: Store;
  readonly feed: MarketFeed;
  readonly broker: Broker;
  /** Connections that come up and get lost; a late subscriber is told of the order stream's present state. */
  readonly links: Observable<LinkStatus>;
  /** What leaves the books in doubt: each halts new risk. */
  readonly doubts: Observable<TradingError>;
  readonly pacer: Pacer;
  readonly engine: EngineConfig;
  /** The account's lock when the caller holds it already, and releases it. */
  readonly lock?: AccountLock;
  /** Rejects when the market is gone for good; never resolves. */
  readonly failed?: Promise<never>;
  readonly underlyings: readonly string[];
  /** `paper`, `live`, `replay` or `sim`: kept with the session. */
  readonly mode: string;
  readonly seed: number;
  /** Rates, and what is due for the underlyings; nothing is known without it. */
  readonly knowledge?: SessionKnowledge;
  /** Take up the unfinished session of this account, if there is one. */
  readonly resume: boolean;
  /** End with the first step at or after the close, as always on a real market; otherwise a simulated day goes on as long as the market sends. */
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
  /** False of the first word, which only says that the session is open. */
  readonly isStep: boolean;
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
/** How long after the close a real market may take to tell what became of the day's last orders. */
const SETTLING = 5 * MICROS_PER_MINUTE;

/**
 * Trades one day: locks the account, opens or resumes the session, runs every step through journal, engine, commit and broker, and closes
 * the books against the broker's.
 * @throws {TradingError} `ACCOUNT_LOCKED` when another process trades the account, `BROKER_DISAGREES` when the books differ at the end,
 * `NOT_A_SESSION`, and the errors of store, feed and broker; the session stays resumable after each of them.
 */
export async function tradeDay(options: TradingDayOptions): Promise<TradingDayResult> {
  const { store, broker, log } = options;
  try {
    const { accountNumber } = await broker.account();
    if (options.lock !== undefined && options.lock.account !== accountNumber) {
      throw new TradingError(
        'BROKER_DISAGREES',
        `Expected to trade account ${options.lock.account}, the broker says ${accountNumber}`,
      );
    }
    const lock = options.lock ?? (await store.lockAccount(accountNumber, `live-agent, pid ${process.pid}`));
    try {
      return await tradeLocked(options, accountNumber, lock);
    } finally {
      // It ends with its connection at the latest; what happened before counts.
      if (options.lock === undefined)
        await lock.release().catch((error: unknown) => log.warn({ error: String(error) }, 'Releasing the lock failed'));
    }
  } finally {
    await options.pacer.close();
    await options.feed.close();
  }
}

async function tradeLocked(options: TradingDayOptions, account: string, lock: AccountLock): Promise<TradingDayResult> {
  const { store, pacer, broker, log } = options;
  let lost: TradingError | null = null;
  void lock.lost.then((error) => (lost = error));
  const assertHeld = (): void => {
    if (lost !== null) throw lost;
  };
  const opening: OpenSessionOptions = { ...options, isRewound: pacer.redelivers, assertHeld };
  const unfinished = options.resume ? await unfinishedSession(options, account) : undefined;
  if (options.resume && unfinished === undefined) log.info({ account }, 'No unfinished session: a new one begins');
  let opened = unfinished === undefined ? undefined : await resumeSession(opening, unfinished);
  try {
    let paced = await pacer.attach(opened?.session.lastStep ?? -1);
    if (opened !== undefined && opened.date !== paced.date) {
      const text = `The unfinished session is of ${opened.date}, the market is at ${paced.date}`;
      // A simulated market was asked for a day of its own; on a real one yesterday is over, and its orders were for the day.
      if (pacer.redelivers)
        throw new TradingError('BROKER_DISAGREES', text, { hint: 'Start without --resume to begin a new session.' });
      log.warn({ sessionId: opened.id }, `${text}: it is given up, a new one begins`);
      await settleGivenUp(broker, opened, paced.at);
      await opened.close();
      opened = undefined;
      paced = await pacer.attach(-1);
    }
    if (opened === undefined) {
      await abandonSessions(store, account, options.mode, paced.at);
      opened = await startSession(opening, account, paced);
    }
    const complete = await tradeSession(options, opened, paced, assertHeld);
    const { session, id } = opened;
    const report = session.report();
    if (complete) {
      await assertBrokerAgrees(broker, session.view());
      const facts = { sessionId: id, fingerprint: report.fingerprint };
      await store.audit.append({ at: session.view().at, actor: ACTOR, action: 'session-finished', facts });
      await store.sessions.finish(id, asJson({ ...report, standing: session.view().standing }));
    }
    return { sessionId: id, report, complete };
  } finally {
    await opened?.close();
  }
}

/**
 * Books in a session of an earlier day what became of its orders after its process had died, so that what it leaves to the next one is true. Told as
 * of its close: nothing is decided any more, and what had been decided and not sent is too old by now to be sent.
 */
async function settleGivenUp(broker: Broker, { session, catchUp, date }: OpenSession, now: Micros): Promise<void> {
  const at = micros(Math.max(session.view().at, requireSession(date).close));
  await catchUp(now);
  const orders = await broker.orders(formatRfc3339(nyInstant(date, '00:00')));
  // Positions are compared by the session that takes over.
  const { missed } = reconcile({ orders, positions: [] }, session.orders, session.view(), at, () => false);
  if (missed.length === 0) return;
  const step = session.lastStep + 1;
  await session.process({ step, at, quotes: [], bars: [], gaps: [], brokerEvents: missed });
}

async function unfinishedSession(
  { store, mode }: Pick<TradingDayOptions, 'store' | 'mode'>,
  account: string,
): Promise<SessionRow | undefined> {
  const [latest] = await store.sessions.ofAccount(account, mode, 1);
  // A session that never got to its first commit holds nothing to resume.
  return latest?.status === 'running' && latest.committedSeq > 0 ? latest : undefined;
}

/** @returns false when the run was interrupted by its signal. */
async function tradeSession(
  options: TradingDayOptions,
  opened: OpenSession,
  paced: PacedSession,
  assertHeld: () => void,
): Promise<boolean> {
  const { pacer, feed, broker, log } = options;
  const { session, sender, supervision, subscriptions } = opened;
  const { open, close } = paced;
  const endsAtClose = options.exitAtClose || !pacer.redelivers;
  // Killed between its last step and its end: a simulated market has nothing more to say that an unbroken run would have heard.
  if (pacer.redelivers && endsAtClose && session.lastStep >= 0 && session.view().at >= close) return true;
  const watch = pacer.redelivers
    ? null
    : new BrokerWatch({
        broker,
        since: formatRfc3339(nyInstant(paced.date, '00:00')),
        own: session.orders,
        view: () => session.view(),
        isUnresolved: (clientOrderId) => sender.isUnresolved(clientOrderId),
        supervision,
        log,
      });
  const listening = [
    options.doubts.subscribe((doubt) => supervision.doubt(doubt.message)),
    // The lockstep pacer ends the day when a connection is lost.
    ...(watch === null ? [] : [options.links.subscribe((status) => followLink(status, supervision, watch))]),
  ];
  const tell = (at: Micros, decisions: readonly Decision[] | null): void => {
    const told = { isStep: decisions !== null, decisions: decisions ?? [] };
    options.onStep?.({ sessionId: opened.id, at, open, close, view: session.view(), ...told });
  };

  let orphans = watch === null ? [] : session.view().gaps;
  let checkedAfterClose = false;
  const isOver = ({ at }: PacedStep): boolean => {
    if (!endsAtClose || at < close) return false;
    if (watch === null) return true;
    if (!checkedAfterClose) watch.require();
    checkedAfterClose = true;
    return at >= close + SETTLING || (watch.isAgreed && session.orders.open().length === 0);
  };
  const handle = async (step: PacedStep): Promise<'go on' | 'end'> => {
    assertHeld();
    await subscriptions.settle();
    const brokerEvents = watch === null ? step.brokerEvents : await watch.listen(step.at, step.brokerEvents);
    const gaps = [...step.gaps, ...closedAt(orphans, step.at)];
    orphans = [];
    const decisions = await session.process({ ...step, gaps, brokerEvents });
    tell(step.at, decisions);
    return isOver(step) ? 'end' : 'go on';
  };
  try {
    await connect(options);
    // A simulated market tells everything anew from where the journal ends; a real one has gone on meanwhile, and what it told is asked for.
    await feed.subscribeBars(session.view().followed, ...(watch === null ? [] : [knownUntil(opened, paced)]));
    await subscriptions.select(opened.subscribed);
    await opened.catchUp(paced.at);
    tell(paced.at, null);
    return await runSteps({
      steps: pacer.steps,
      handle,
      answer: ({ step }) => pacer.acknowledge(step),
      start: () => pacer.ready(),
      ...(options.failed === undefined ? {} : { failed: options.failed }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } finally {
    // Quotes that a newer one replaced within a step are no loss, but nobody shall have to guess how many there were.
    log.info({ sessionId: opened.id, ...pacer.counts() }, 'What waited for the steps of the session');
    for (const subscription of listening) subscription.unsubscribe();
  }
}

/**
 * Up to when the engine knows the bars: for when it was given the day so far, or where its journal ends. What a gap had kept back when the
 * process died was never told: then where that gap began.
 */
function knownUntil({ session }: OpenSession, { at }: PacedSession): Micros {
  if (session.lastStep < 0) return at;
  const { at: last, gaps } = session.view();
  return micros(Math.min(last, ...gaps.filter(({ channel }) => channel !== 'options').map(({ from }) => from)));
}

/** Gaps of a process that died: its streams are gone, ours tell of their own. */
function closedAt(gaps: readonly FeedGap[], at: Micros): readonly FeedGap[] {
  return gaps.map((gap) => ({ ...gap, state: 'closed', to: at, unfilled: [] }));
}

/** Resolves when market data and order stream are there. */
async function connect({ feed, links, pacer }: TradingDayOptions): Promise<void> {
  await feed.connect();
  const orders = links.pipe(filter(({ link, state }) => link === 'orders' && state === 'up'));
  const late = new TradingError('TIMEOUT', `The order stream was not there within ${LISTEN_TIMEOUT_MS} ms`);
  // A stream that is refused says so through the pacer.
  const either = merge(orders, pacer.steps.pipe(ignoreElements()));
  try {
    await firstValueFrom(either.pipe(timeout({ first: LISTEN_TIMEOUT_MS, with: () => throwError(() => late) })));
  } catch (error) {
    throw toTradingError(error);
  }
}

const NAMES = {
  options: 'option quotes',
  stocks: 'stock bars',
  indices: 'index values',
  orders: 'the order stream',
} as const;

function followLink({ link, state, reconnected }: LinkStatus, supervision: Supervision, watch: BrokerWatch): void {
  const condition = `${NAMES[link]} to come back`;
  if (state === 'lost') supervision.begin(condition);
  else supervision.end(condition);
  // What happened meanwhile was not told.
  if (link === 'orders' && state === 'up' && reconnected) watch.require();
}
