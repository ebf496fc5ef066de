import { type Micros, micros, type Usd, usdToNumber } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { Session } from '@trading-agent/calendar';
import {
  type AccountPast,
  batchOf,
  type Decision,
  type EngineConfig,
  type EngineEvent,
  type EngineView,
  equityAtLastClose,
  expiryWindow,
  heldOnly,
  type KnownFacts,
  openingBooks,
  RunRecorder,
  type RunReport,
  type SessionRecord,
  sessionContracts,
  sessionKey,
  takeOver,
  TRADE_SESSIONS,
  tradesOf,
  TradingEngine,
  volatilityHistory,
} from '@trading-agent/engine';
import { type CorporateAction, type ExchangeAccount, SimulatedExchange } from '@trading-agent/exchange';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';

/** An account that is tested, and with what. */
export interface BacktestAccount {
  readonly underlyings: readonly string[];
  readonly cash: Usd;
  readonly accountNumber: string;
  readonly engine: EngineConfig;
  /** Dividends and splits after the first day; none when left out. */
  readonly corporateActions?: readonly CorporateAction[];
}

export interface DayControl {
  /** Rates, and what is due for the underlyings, as it was known before the day; nothing is known without it. */
  readonly known?: KnownFacts;
  /** What an operator has set before the day, as a kill switch: the engine hears of it at the first step. */
  readonly stop?: { readonly command: 'halt' | 'flatten'; readonly by: string; readonly reason: string };
  /** Called after each step with how far the day is, 0..1. */
  readonly onProgress?: (fraction: number) => void;
  /** Looked at before each step; a cancelled run ends with what it has so far and `complete: false`. */
  readonly signal?: AbortSignal;
}

export interface RunDayOptions extends BacktestAccount, DayControl {
  readonly day: MarketDay;
  readonly session: Session;
}

export interface EquityPoint {
  readonly at: Micros;
  /** Dollars. */
  readonly equity: number;
}

export interface DayResult {
  readonly report: RunReport;
  /** One point per minute bar. */
  readonly equity: readonly EquityPoint[];
  readonly complete: boolean;
}

/**
 * Runs one day through the trading engine against the simulated exchange, in process. The live agent does the same over sockets: the same
 * day, account and configuration give the same fingerprint.
 * @throws {TradingError} what the engine and the exchange throw; both only for defects.
 */
export function runDay({ day, session, known, stop, onProgress, signal, ...account }: RunDayOptions): DayResult {
  return new Backtest(account).run(day, session, {
    ...(known && { known }),
    ...(stop && { stop }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}

/**
 * One account on the simulated exchange, day after day: each begins with what the one before left, as the live agent's sessions do with what
 * lies in the store. After a day that was called off there is no next one.
 */
export class Backtest {
  readonly #options: BacktestAccount;
  #exchange: SimulatedExchange | null = null;
  readonly #records: SessionRecord[] = [];
  #standing: EngineView['standing'] | null = null;

  constructor(options: BacktestAccount) {
    this.#options = options;
  }

  /**
   * @throws {TradingError} `OUT_OF_RANGE` for a day that does not follow the one before, and what the engine and the exchange throw: only for
   * defects.
   */
  run(day: MarketDay, session: Session, { known = {}, stop, onProgress, signal }: DayControl = {}): DayResult {
    const { accountNumber, underlyings } = this.#options;
    const exchange = this.#open(day, session);
    const engine = new TradingEngine(this.#options.engine);
    const recorder = new RunRecorder(day.date);
    const start = this.#sessionEvent(exchange, day, session, known);
    recorder.record(start, engine.step(start));
    const followed = new Set([...underlyings, ...(start.session.heldOnly ?? [])]);
    const shell = new InProcessShell(exchange, accountNumber, followed);
    const equity: EquityPoint[] = [];
    let complete = true;
    const steps = closedSteps(day, session.close);
    for (const [index, step] of steps.entries()) {
      if (signal?.aborted) {
        complete = false;
        break;
      }
      const decisions: Decision[] = [];
      const operator = stop !== undefined && index === 0 ? [{ type: 'operator', at: step.at, ...stop } as const] : [];
      for (const event of [...operator, ...shell.advance(step)]) {
        const result = engine.step(event);
        recorder.record(event, result);
        decisions.push(...result.decisions);
      }
      shell.carryOut(decisions);
      if (step.bars.length > 0) equity.push({ at: step.at, equity: usdToNumber(engine.view().equity) });
      onProgress?.((index + 1) / steps.length);
      if (step.at >= session.close) break;
    }
    const view = engine.view();
    this.#records.push(view.record);
    this.#standing = view.standing;
    return { report: recorder.report(view), equity, complete };
  }

  #open(day: MarketDay, session: Session): SimulatedExchange {
    const { accountNumber, cash, corporateActions = [] } = this.#options;
    if (this.#exchange !== null) {
      this.#exchange.openSession(session, day.contracts);
      return this.#exchange;
    }
    this.#exchange = new SimulatedExchange({
      accounts: [{ accountNumber, cash }],
      session,
      contracts: day.contracts,
      corporateActions,
    });
    return this.#exchange;
  }

  #sessionEvent(
    exchange: SimulatedExchange,
    day: MarketDay,
    session: Session,
    known: KnownFacts,
  ): EngineEvent & { type: 'session' } {
    const { accountNumber, underlyings, engine } = this.#options;
    const { date } = day;
    const account = exchange.account(accountNumber);
    const balances = account.balances();
    const { cash, optionsLevel, tradable } = balances;
    const positions = account.positions().map((held) => ({ ...held, mark: exchange.mark(held.symbol) }));
    const record = this.#records.at(-1) ?? null;
    // There is no operator in a backtest: one is taken to have looked overnight.
    const takenOver = takeOver(record && { ...record, unsettled: null }, positions, date);
    const held = heldOnly(takenOver, underlyings);
    const volatility = volatilityHistory(this.#records, underlyings);
    const first = day.steps[0]?.at ?? session.open;
    const followed = new Set([...underlyings, ...held]);
    return {
      type: 'session',
      at: micros(Math.min(first, session.open)),
      session: {
        key: sessionKey(accountNumber, date, 1),
        date,
        open: session.open,
        close: session.close,
        account: {
          number: accountNumber,
          cash,
          optionsLevel,
          tradable,
          previousClose: equityAtLastClose(balances, openingBooks(cash, takenOver)),
          ...(this.#standing === null ? {} : { standing: this.#standing }),
          ...(this.#records.length === 0 ? {} : { past: this.#past() }),
          ...(takenOver === null ? {} : { takenOver }),
        },
        underlyings,
        ...(held.length === 0 ? {} : { heldOnly: held }),
        ...known,
        ...(Object.keys(volatility).length === 0 ? {} : { volatilityHistory: volatility }),
        contracts: sessionContracts(day.contracts, underlyings, expiryWindow(date, engine.strategies), takenOver),
        history: day.history.filter((bar) => followed.has(bar.symbol)),
      },
    };
  }

  #past(): AccountPast {
    return { closedTrades: tradesOf(this.#records.slice(-TRADE_SESSIONS)), openings: [], today: null };
  }
}

/**
 * A day whose data ends before the close gets an empty step there, as market-sim gives it: the last fills are still told, and day orders
 * expire.
 */
function closedSteps({ steps }: MarketDay, close: Micros): readonly MarketStep[] {
  const last = steps.at(-1);
  return last !== undefined && last.at >= close ? steps : [...steps, { at: close, quotes: [], bars: [], trades: [] }];
}

/** What stands between engine and exchange where there are no sockets: subscriptions, submissions, and what came of them. */
class InProcessShell {
  readonly #exchange: SimulatedExchange;
  readonly #account: ExchangeAccount;
  readonly #underlyings: ReadonlySet<string>;
  readonly #chosen = new Map<string, readonly string[]>();
  #subscribed: ReadonlySet<string> = new Set();
  #rejections: BrokerEvent[] = [];

  constructor(exchange: SimulatedExchange, accountNumber: string, underlyings: ReadonlySet<string>) {
    this.#exchange = exchange;
    this.#account = exchange.account(accountNumber);
    this.#underlyings = underlyings;
  }

  advance(step: MarketStep): ReturnType<typeof batchOf> {
    this.#exchange.advance(step);
    const rejections = this.#rejections;
    this.#rejections = [];
    return batchOf({
      at: step.at,
      rejections,
      brokerEvents: this.#account.drainEvents().filter((event) => event.kind !== 'too-late'),
      quotes: step.quotes.filter((quote) => this.#subscribed.has(quote.symbol)),
      bars: step.bars.filter((bar) => this.#underlyings.has(bar.symbol)),
    });
  }

  carryOut(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.type === 'subscribe') {
        this.#chosen.set(decision.underlying, decision.symbols);
        this.#subscribed = new Set([...this.#chosen.values()].flat());
      } else if (decision.type === 'submit') {
        this.#submit(decision);
      } else if (decision.type === 'cancel') {
        const order = this.#account.orderByClientId(decision.clientOrderId);
        if (order !== undefined) this.#account.cancel(order.brokerOrderId);
      }
    }
  }

  #submit(decision: Decision & { type: 'submit' }): void {
    const { order } = decision.approved;
    const receipt = this.#account.submit(order);
    if (receipt.accepted) return;
    const { clientOrderId } = order;
    this.#rejections.push({
      kind: 'order',
      at: decision.at,
      clientOrderId,
      brokerOrderId: '',
      status: 'rejected',
      reason: receipt.reason,
    });
  }
}
