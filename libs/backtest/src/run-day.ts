import { type Micros, micros, type Usd, usdToNumber } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { Session } from '@trading-agent/calendar';
import {
  batchOf,
  type Decision,
  type EngineConfig,
  expiryWindow,
  type KnownFacts,
  RunRecorder,
  type RunReport,
  sessionContracts,
  sessionKey,
  TradingEngine,
} from '@trading-agent/engine';
import { type ExchangeAccount, SimulatedExchange } from '@trading-agent/exchange';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';

export interface RunDayOptions {
  readonly day: MarketDay;
  readonly session: Session;
  readonly underlyings: readonly string[];
  readonly cash: Usd;
  readonly accountNumber: string;
  readonly engine: EngineConfig;
  /** Rates, and what is due for the underlyings, as it was known before the day; nothing is known without it. */
  readonly known?: KnownFacts;
  /** Called after each step with how far the day is, 0..1. */
  readonly onProgress?: (fraction: number) => void;
  /** Looked at before each step; a cancelled run ends with what it has so far and `complete: false`. */
  readonly signal?: AbortSignal;
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
export function runDay(options: RunDayOptions): DayResult {
  const { day, session, accountNumber, cash } = options;
  const exchange = new SimulatedExchange({
    accounts: [{ accountNumber, cash }],
    session,
    contracts: day.contracts,
  });
  const engine = new TradingEngine(options.engine);
  const recorder = new RunRecorder(day.date);
  const account = exchange.account(accountNumber).balances();
  const first = day.steps[0]?.at ?? session.open;
  const start = {
    type: 'session',
    at: micros(Math.min(first, session.open)),
    session: {
      key: sessionKey(accountNumber, day.date, 1),
      date: day.date,
      open: session.open,
      close: session.close,
      account: {
        number: account.accountNumber,
        cash: account.cash,
        optionsLevel: account.optionsLevel,
        tradable: account.tradable,
      },
      underlyings: options.underlyings,
      ...options.known,
      contracts: sessionContracts(
        day.contracts,
        options.underlyings,
        expiryWindow(day.date, options.engine.strategies),
      ),
      history: day.history.filter((bar) => options.underlyings.includes(bar.symbol)),
    },
  } as const;
  recorder.record(start, engine.step(start));

  const shell = new InProcessShell(exchange, accountNumber, new Set(options.underlyings));
  const equity: EquityPoint[] = [];
  let complete = true;
  const steps = closedSteps(day, session.close);
  for (const [index, step] of steps.entries()) {
    if (options.signal?.aborted) {
      complete = false;
      break;
    }
    const decisions: Decision[] = [];
    for (const event of shell.advance(step)) {
      const result = engine.step(event);
      recorder.record(event, result);
      decisions.push(...result.decisions);
    }
    shell.carryOut(decisions);
    if (step.bars.length > 0) equity.push({ at: step.at, equity: usdToNumber(engine.view().equity) });
    options.onProgress?.((index + 1) / steps.length);
    if (step.at >= session.close) break;
  }
  return { report: recorder.report(engine.view()), equity, complete };
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
