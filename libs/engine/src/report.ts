import { Fingerprint, formatRfc3339, type MarketDate, usdToNumber } from '@trading-agent/core';
import { netPrice, type Execution, sideOf, sign, type OrderLeg } from '@trading-agent/instruments';
import type { BookedExecution } from './broker-events.ts';
import { type Decision, decisionFacts } from './decisions.ts';
import type { EngineView, StepResult } from './engine.ts';
import type { EngineEvent } from './events.ts';

/** What one run of a session comes to: the JSON of `agent start --json` and `agent backtest --json`. Money in dollars, times RFC 3339 UTC. */
export interface RunReport {
  readonly session: MarketDate;
  readonly tier: string;
  /** Engine events: market steps, broker events, clock. */
  readonly events: number;
  readonly orders: readonly ReportedOrder[];
  readonly executions: readonly ReportedExecution[];
  readonly fees: number;
  readonly startEquity: number;
  readonly endEquity: number;
  readonly positions: readonly ReportedPosition[];
  readonly refusals: readonly ReportedRefusal[];
  /** SHA-256 over the ordered submits, cancels, refusals and executions, free of ids and wall-clock times. */
  readonly fingerprint: string;
}

export interface ReportedOrder {
  readonly intent: string;
  readonly at: string;
  readonly purpose: 'open' | 'close';
  readonly strategy: string;
  readonly legs: readonly OrderLeg[];
  readonly quantity: number;
  /** Signed net per share: debit positive, credit negative. */
  readonly limit: number | null;
  readonly filled: number;
  readonly reason: string;
}

export interface ReportedExecution {
  readonly intent: string;
  readonly at: string;
  readonly quantity: number;
  /** Signed net per share. */
  readonly net: number;
  readonly legs: readonly {
    readonly symbol: string;
    readonly side: 'buy' | 'sell';
    readonly quantity: number;
    readonly price: number;
  }[];
  readonly fees: number;
}

export interface ReportedPosition {
  readonly symbol: string;
  readonly quantity: number;
  readonly averagePrice: number;
  readonly mark: number | null;
}

export interface ReportedRefusal {
  readonly at: string;
  readonly underlying: string;
  readonly strategy: string;
  readonly rule: string;
  readonly actual: number;
  readonly limit: number;
  readonly unit: string;
  readonly reason: string;
}

/** Follows a run step by step and tells what it came to. */
export class RunRecorder {
  readonly #date: MarketDate;
  readonly #fingerprint = new Fingerprint();
  readonly #orders = new Map<string, ReportedOrder>();
  readonly #executions: ReportedExecution[] = [];
  readonly #refusals: ReportedRefusal[] = [];
  #events = 0;

  constructor(date: MarketDate) {
    this.#date = date;
  }

  record(event: EngineEvent, result: StepResult): void {
    if (event.type !== 'session' && event.type !== 'operator' && event.type !== 'gap') this.#events++;
    if (result.booked !== null) this.#addExecution(result.booked);
    for (const decision of result.decisions) this.#addDecision(decision);
  }

  #addExecution({ execution, fees }: BookedExecution): void {
    const { at, quantity, legs } = execution;
    this.#fingerprint.add({ type: 'execution', at, quantity, legs });
    const order = this.#orders.get(execution.clientOrderId);
    if (order !== undefined) this.#orders.set(execution.clientOrderId, { ...order, filled: order.filled + quantity });
    const total = legs
      .map((leg) => sign(sideOf(leg.intent)) * leg.price * leg.quantity)
      .reduce((sum, value) => sum + value, 0);
    this.#executions.push({
      intent: order?.intent ?? 'foreign',
      at: formatRfc3339(at),
      quantity,
      net: order === undefined ? Math.round((total / quantity) * 1e4) / 1e4 : netOf(order.legs, execution),
      legs: legs.map((leg) => ({
        symbol: leg.symbol,
        side: sideOf(leg.intent),
        quantity: leg.quantity,
        price: leg.price,
      })),
      fees: usdToNumber(fees),
    });
  }

  #addDecision(decision: Decision): void {
    const facts = decisionFacts(decision);
    if (facts !== null) this.#fingerprint.add(facts);
    if (decision.type === 'submit') {
      const { order } = decision.approved;
      this.#orders.set(order.clientOrderId, {
        intent: decision.intent,
        at: formatRfc3339(decision.at),
        purpose: decision.purpose,
        strategy: decision.strategy,
        legs: order.legs,
        quantity: order.quantity,
        limit: order.limit,
        filled: 0,
        reason: decision.reason.text,
      });
    } else if (decision.type === 'refuse') {
      const [first] = decision.failed;
      if (first === undefined) return;
      this.#refusals.push({
        at: formatRfc3339(decision.at),
        underlying: decision.underlying,
        strategy: decision.strategy,
        rule: first.rule,
        actual: first.actual,
        limit: first.limit,
        unit: first.unit,
        reason: decision.reason.text,
      });
    }
  }

  report(view: EngineView): RunReport {
    return {
      session: this.#date,
      tier: view.tier.name,
      events: this.#events,
      orders: [...this.#orders.values()],
      executions: this.#executions,
      fees: usdToNumber(view.fees),
      startEquity: usdToNumber(view.startEquity),
      endEquity: usdToNumber(view.equity),
      positions: [...view.positions, ...view.shares.map(({ ticker, ...held }) => ({ ...held, symbol: ticker }))].map(
        ({ symbol, quantity, averagePrice, mark }) => ({ symbol, quantity, averagePrice, mark }),
      ),
      refusals: this.#refusals,
      fingerprint: this.#fingerprint.digest(),
    };
  }
}

function netOf(legs: readonly OrderLeg[], execution: Execution): number {
  const prices = new Map(execution.legs.map((leg) => [leg.symbol, leg.price]));
  return netPrice(
    legs,
    legs.map((leg) => prices.get(leg.symbol) ?? Number.NaN),
  );
}
