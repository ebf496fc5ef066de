import type { BrokerEvent } from '@trading-agent/broker';
import {
  loadSettings,
  onlyStrategies,
  STRATEGY_NAMES,
  type StrategyBook,
  type StrategyName,
  type RiskSettings,
} from '@trading-agent/config';
import type { TierStanding } from '@trading-agent/account-tiers';
import type { TreasuryCurve } from '@trading-agent/pricing';
import { type ComingEvents, NO_EVENTS } from '@trading-agent/strategies';
import {
  marketDate,
  type MarketDate,
  type Micros,
  micros,
  MICROS_PER_MINUTE,
  microsFromRfc3339,
  usd,
} from '@trading-agent/core';
import { type Bar, optionContract, type OptionSymbol, type Quote, sideOf } from '@trading-agent/instruments';
import type { FeedGap } from '@trading-agent/market-data';
import { type Signal, signalOf } from '@trading-agent/models';
import { batchOf } from '../batch.ts';
import { type EngineConfig, engineConfig } from '../config.ts';
import type { Decision } from '../decisions.ts';
import { TradingEngine } from '../engine.ts';
import type { AccountPast, EngineEvent, Liquidity } from '../events.ts';
import type { TakenOver } from '../taken-over.ts';

export const OPEN = microsFromRfc3339('2015-12-24T14:30:00Z');
export const CLOSE = microsFromRfc3339('2015-12-24T18:00:00Z');
const DATE = marketDate('2015-12-24');
const CURVE: TreasuryCurve = {
  date: marketDate('2015-12-23'),
  yields: [1 / 12, 0.25, 0.5].map((years) => ({ years, yield: 0.00375 })),
};

/** The call that a strong view up buys when TWX is at 100: delta 0.46, 22 days to expiry, 2.43 x 2.53. */
export const CALL: OptionSymbol = symbolAt(101, 'C');

// Bids and asks of TWX at 100 with a volatility of 30%, 22 days before expiry.
const CALLS: Readonly<Record<number, readonly [number, number]>> = {
  97: [4.59, 4.69],
  98: [3.97, 4.07],
  99: [3.4, 3.5],
  100: [2.89, 2.99],
  101: [2.43, 2.53],
  102: [2.02, 2.12],
  103: [1.67, 1.77],
  104: [1.36, 1.46],
  106: [0.88, 0.98],
};
const PUTS: Readonly<Record<number, readonly [number, number]>> = {
  94: [0.75, 0.85],
  96: [1.26, 1.36],
  97: [1.59, 1.69],
  98: [1.97, 2.07],
  99: [2.4, 2.5],
  100: [2.89, 2.99],
  101: [3.43, 3.53],
};

export function symbolAt(strike: number, right: 'C' | 'P'): OptionSymbol {
  return optionContract(`TWX160115${right}${String(strike * 1_000).padStart(8, '0')}`).symbol;
}

/** `minutes` after the open. */
export function minute(minutes: number): Micros {
  return micros(Math.round(OPEN + minutes * MICROS_PER_MINUTE));
}

export type Submit = Decision & { type: 'submit' };

export interface ScenarioOptions {
  /** Dollars. */
  readonly cash?: number;
  /** Fraction of equity that one trade may lose; the tier's when left out. */
  readonly riskPerTrade?: number;
  /** The strategies that may be opened; all when left out. */
  readonly only?: readonly StrategyName[];
  /** Shares of TWX of the agent's own, held from before. */
  readonly shares?: number;
  readonly takenOver?: TakenOver;
  /** Those of TWX; that none are due when left out, `null` when nobody told. */
  readonly events?: ComingEvents | null;
  /** A curve of 0.375% when left out, as the policy rate of that day; `null` when none is at hand. */
  readonly treasury?: TreasuryCurve | null;
  readonly liquidity?: Liquidity;
  /** Days on which TWX reports, as the user has entered them. */
  readonly earnings?: readonly MarketDate[];
  /** Volatilities at the money that the days before ended with, oldest first. */
  readonly volatilities?: readonly number[];
  readonly standing?: TierStanding;
  readonly past?: AccountPast;
  /** Dollars that the account was worth at the last close; `null` when the broker does not say, as the session began when left out. */
  readonly previousClose?: number | null;
  /** What is changed about the strategies. */
  readonly strategies?: (book: StrategyBook) => StrategyBook;
  /** What is changed about the limits of the house. */
  readonly risk?: (risk: RiskSettings) => RiskSettings;
}

/** What arrives in one step. */
export interface Arrivals {
  readonly broker?: readonly BrokerEvent[];
  /** Bid and ask that replace those of the chain, or of what it has not; `null` is a side that is not quoted. */
  readonly quotes?: Readonly<Record<string, readonly [bid: number | null, ask: number | null]>>;
  /** Price of TWX, or `null` when no bar arrives. */
  readonly spot?: number | null;
  /** Minutes after the open at which the bar ended; the step's own time when left out. */
  readonly barEnd?: number;
  /** False when no quotes arrive. */
  readonly isQuoted?: boolean;
  readonly gaps?: readonly FeedGap[];
}

/** A day of TWX told minute by minute. The model says what the scenario tells it to. */
export class Scenario {
  readonly engine: TradingEngine;
  readonly events: EngineEvent[] = [];
  readonly config: EngineConfig;
  /** What the model answers: probability of a higher price. */
  probability = 0.7;
  /** What the model answered so far. */
  readonly signals: Signal[] = [];
  #executions = 0;

  constructor(options: ScenarioOptions = {}) {
    this.config = this.#configure(options);
    this.engine = new TradingEngine(this.config);
    const contracts = [
      ...Object.keys(CALLS).map((strike) => optionContract(symbolAt(Number(strike), 'C'))),
      ...Object.keys(PUTS).map((strike) => optionContract(symbolAt(Number(strike), 'P'))),
    ];
    const takenOver = options.takenOver ?? (options.shares === undefined ? undefined : ownShares(options.shares));
    this.step({
      type: 'session',
      at: OPEN,
      session: {
        key: 'scenario',
        date: DATE,
        open: OPEN,
        close: CLOSE,
        account: {
          number: 'PA1',
          cash: usd(options.cash ?? 25_000),
          optionsLevel: 3,
          tradable: true,
          ...(takenOver === undefined ? {} : { takenOver }),
          ...(options.standing === undefined ? {} : { standing: options.standing }),
          ...(options.previousClose === undefined
            ? {}
            : { previousClose: options.previousClose === null ? null : usd(options.previousClose) }),
          ...(options.past === undefined ? {} : { past: options.past }),
        },
        ...(options.events === null ? {} : { events: { TWX: options.events ?? NO_EVENTS } }),
        ...(options.treasury === null ? {} : { treasury: options.treasury ?? CURVE }),
        ...(options.liquidity === undefined ? {} : { liquidity: { TWX: options.liquidity } }),
        ...(options.volatilities === undefined ? {} : { volatilityHistory: { TWX: options.volatilities } }),
        underlyings: ['TWX'],
        contracts,
        history: Array.from({ length: 60 }, (_, index) =>
          aBar(micros(minute(index) - 24 * 60 * MICROS_PER_MINUTE), index % 2 === 0 ? 99.95 : 100.05),
        ),
      },
    });
  }

  /** One event into the engine. */
  step(event: EngineEvent): readonly Decision[] {
    this.events.push(event);
    return this.engine.step(event).decisions;
  }

  /** Everything that arrives `minutes` after the open, as one batch; what the engine decides on it. */
  at(
    minutes: number,
    { broker = [], quotes = {}, spot = 100, barEnd = minutes, isQuoted = true, gaps = [] }: Arrivals = {},
  ): readonly Decision[] {
    const at = minute(minutes);
    const decisions: Decision[] = [];
    const batch = batchOf({
      at,
      rejections: [],
      brokerEvents: broker,
      quotes: isQuoted ? chainQuotes(at, quotes) : [],
      gaps,
      bars: spot === null ? [] : [aBar(minute(barEnd), spot)],
    });
    for (const event of batch) decisions.push(...this.step(event));
    return decisions;
  }

  /** A fill of `units` of a submitted order at `prices` per leg. */
  fill(
    submit: Submit,
    minutes: number,
    units: number,
    prices: readonly number[],
    status?: 'filled' | 'partially_filled',
  ): BrokerEvent & { kind: 'execution' } {
    const { order } = submit.approved;
    this.#executions++;
    return {
      kind: 'execution',
      at: minute(minutes),
      brokerOrderId: `broker-${order.clientOrderId}`,
      status: status ?? (units === order.quantity ? 'filled' : 'partially_filled'),
      execution: {
        executionId: `execution-${this.#executions}`,
        clientOrderId: order.clientOrderId,
        at: minute(minutes),
        quantity: units,
        legs: order.legs.map((leg, index) => ({
          symbol: leg.symbol,
          intent: leg.intent,
          quantity: leg.ratio * units,
          price: prices[index] ?? Number.NaN,
        })),
      },
    };
  }

  /** Contracts held, signed. */
  held(symbol: OptionSymbol = CALL): number {
    return this.engine.view().positions.find((position) => position.symbol === symbol)?.quantity ?? 0;
  }

  #configure({ riskPerTrade, only = STRATEGY_NAMES, strategies, risk, earnings }: ScenarioOptions): EngineConfig {
    const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
    const book = onlyStrategies(settings.strategies, only);
    const tiers =
      riskPerTrade === undefined
        ? settings.tiers
        : {
            ...settings.tiers,
            riskPerTrade: { min: 0, max: 1 },
            table: settings.tiers.table.map((tier) => ({ ...tier, riskPerTrade })),
          };
    return {
      ...engineConfig(settings, 1),
      // Scenarios are about what happens to orders: their size and choice don't hang on what a distribution expects.
      leastReturn: -1,
      tiers: { ...tiers, sizing: { ...tiers.sizing, kelly: 0, maxFeeShare: 1 } },
      strategies: strategies?.(book) ?? book,
      risk: risk?.(settings.risk) ?? settings.risk,
      earnings: earnings === undefined ? {} : { TWX: earnings },
      model: {
        id: 'scripted',
        name: 'Scripted',
        predict: () => {
          const signal = signalOf(this.probability, 30);
          this.signals.push(signal);
          return signal;
        },
      },
    };
  }
}

function ownShares(quantity: number): TakenOver {
  return {
    positions: [{ symbol: 'TWX', quantity, averagePrice: 100, mark: 100 }],
    structures: [],
    shares: { TWX: quantity },
    foreign: {},
    structureCount: 0,
    unsettled: null,
    ended: [],
    news: [],
  };
}

/** What the broker says about an order besides fills. */
export function status(
  submit: Submit,
  minutes: number,
  word: 'new' | 'canceled' | 'expired' | 'rejected',
  reason?: string,
): BrokerEvent {
  const { clientOrderId } = submit.approved.order;
  return {
    kind: 'order',
    at: minute(minutes),
    clientOrderId,
    brokerOrderId: `broker-${clientOrderId}`,
    status: word,
    ...(reason !== undefined && { reason }),
  };
}

/** The submit among the decisions; there must be exactly one. */
export function submitIn(decisions: readonly Decision[]): Submit {
  const submits = decisions.filter((decision) => decision.type === 'submit');
  const [submit] = submits;
  if (submit === undefined || submits.length > 1) throw new Error(`Expected one order, were ${submits.length}`);
  return submit;
}

/** Decisions in one line each: `submit S1/open/1 2 @ 2.53: +1 TWX...`, `cancel S1/open/1: order-timeout`, `refuse long-call: halted`. */
export function told(decisions: readonly Decision[]): string[] {
  return decisions.flatMap((decision): string[] => {
    switch (decision.type) {
      case 'submit': {
        const { legs, quantity, limit } = decision.approved.order;
        const named = legs.map((leg) => `${sideOf(leg.intent) === 'buy' ? '+' : '-'}${leg.symbol}`).join(' ');
        return [`submit ${decision.intent} ${quantity} @ ${limit}: ${named} (${decision.reason.rule})`];
      }
      case 'cancel':
        return [`cancel ${decision.intent}: ${decision.reason.rule}`];
      case 'refuse':
        return [`refuse ${decision.strategy}: ${decision.reason.text}`];
      case 'alert':
        return [`${decision.severity}: ${decision.reason.rule}`];
      case 'note':
        return [`note: ${decision.reason.rule}`];
      case 'subscribe':
        return [];
    }
  });
}

/** The minute of TWX that ended at `end`. */
export function aBar(end: Micros, close: number): Bar {
  const start = micros(end - MICROS_PER_MINUTE);
  return { symbol: 'TWX', start, end, open: close, high: close + 0.02, low: close - 0.02, close, volume: 1_000 };
}

function chainQuotes(at: Micros, over: NonNullable<Arrivals['quotes']>): Quote[] {
  const rows = {
    ...Object.fromEntries(Object.entries(CALLS).map(([strike, row]) => [symbolAt(Number(strike), 'C'), row])),
    ...Object.fromEntries(Object.entries(PUTS).map(([strike, row]) => [symbolAt(Number(strike), 'P'), row])),
    ...over,
  };
  return Object.entries(rows).map(([symbol, [bid, ask]]) => ({ symbol, at, bid, bidSize: 50, ask, askSize: 50 }));
}
