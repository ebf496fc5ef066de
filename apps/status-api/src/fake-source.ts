import { TradingError, marketDate, microsFromRfc3339, usd } from '@trading-agent/core';
import type {
  AlertReading,
  Change,
  DecisionReading,
  EquityReading,
  ExecutionReading,
  OrderReading,
  PositionReading,
  SessionReading,
  StatusSource,
} from './source.ts';

const at = microsFromRfc3339;

export const SESSION: SessionReading = {
  sessionId: '5a1e6c1e-0000-4000-8000-000000000001',
  account: 'PA3SIM0001',
  mode: 'paper',
  market: 'replay',
  date: marketDate('2015-12-24'),
  tier: 'medium',
  state: 'running',
  startedAt: at('2026-11-24T03:00:00Z'),
  endedAt: null,
  halted: null,
  lastStepAt: at('2015-12-24T15:30:00Z'),
  lastStepSeenAt: at('2026-11-24T03:01:00Z'),
  startEquity: usd(25_000),
  equity: usd(25_123.45),
  cash: usd(21_000.000001),
};

/** A source that holds what a test puts into it; tests of this app only. */
export class FakeSource implements StatusSource {
  sessionNow: SessionReading | null = SESSION;
  held: PositionReading[] = [
    {
      symbol: 'GOOG151224C00750000',
      quantity: -2,
      averagePrice: 1.1,
      multiplier: 100,
      mark: 0.35,
      unrealized: usd(150),
    },
  ];
  sent: OrderReading[] = [
    {
      clientOrderId: 'order-2',
      at: at('2015-12-24T15:00:00Z'),
      underlying: 'GOOG',
      strategy: 'credit-vertical',
      legs: [
        { symbol: 'GOOG151224C00750000', ratio: 1, intent: 'sell_to_open' },
        { symbol: 'GOOG151224C00755000', ratio: 1, intent: 'buy_to_open' },
      ],
      quantity: 2,
      filled: 2,
      type: 'limit',
      limit: -0.85,
      status: 'filled',
      reason: null,
    },
    {
      clientOrderId: 'order-1',
      at: at('2015-12-24T14:40:00Z'),
      underlying: 'GOOG',
      strategy: null,
      legs: [{ symbol: 'GOOG151224P00740000', ratio: 1, intent: 'buy_to_open' }],
      quantity: 1,
      filled: 0,
      type: 'limit',
      limit: 1.2,
      status: 'rejected',
      reason: 'insufficient buying power',
    },
  ];
  fills: ExecutionReading[] = [
    fill('x3', 'sell_to_close', 40, 1.3),
    fill('x2', 'sell_to_close', -20, 1.3),
    fill('x1', 'buy_to_open', 0, 0.65),
  ];
  curve: EquityReading[] = [
    { at: at('2015-12-24T14:31:00Z'), equity: usd(25_000) },
    { at: at('2015-12-24T14:32:00Z'), equity: usd(24_900) },
    { at: at('2015-12-24T14:32:30Z'), equity: usd(24_750) },
    { at: at('2015-12-24T14:34:00Z'), equity: usd(25_123.45) },
  ];
  made: DecisionReading[] = [
    {
      sequence: 12,
      index: 0,
      at: at('2015-12-24T14:40:00Z'),
      kind: 'refuse',
      subject: 'GOOG',
      clientOrderId: null,
      summary: 'long_put on GOOG refused',
      reasons: [
        {
          rule: 'risk-per-trade',
          text: 'The most this trade can lose is above what one trade may risk',
          passed: false,
          actual: 910,
          limit: 750,
          unit: 'usd',
        },
      ],
    },
  ];
  told: AlertReading[] = [
    {
      id: '7',
      at: at('2015-12-24T14:45:00Z'),
      severity: 'warning',
      kind: 'risk',
      message: 'Daily loss at 60% of its limit',
    },
  ];
  /** Set to make every read fail, as when the database is gone. */
  down = false;
  readonly #listeners = new Set<(change: Change) => void>();

  session = () => this.#answer(this.sessionNow);
  positions = () => this.#answer(this.held);
  orders = (limit: number) => this.#answer(this.sent.slice(0, limit));
  executions = (limit: number) => this.#answer(this.fills.slice(0, limit));
  equity = () => this.#answer(this.curve);
  decisions = (limit: number) => this.#answer(this.made.slice(0, limit));
  alerts = (limit: number) => this.#answer(this.told.slice(0, limit));

  watch(listener: (change: Change) => void): Promise<() => Promise<void>> {
    this.#listeners.add(listener);
    return Promise.resolve(() => {
      this.#listeners.delete(listener);
      return Promise.resolve();
    });
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  async #answer<T>(value: T): Promise<T> {
    if (this.down) throw new TradingError('STORE_UNAVAILABLE', 'The database is gone', { hint: 'Start it.' });
    return value;
  }
}

function fill(executionId: string, intent: string, realized: number, fees: number): ExecutionReading {
  return {
    executionId,
    clientOrderId: 'order-2',
    at: at('2015-12-24T15:00:01.000002Z'),
    quantity: 1,
    legs: [{ symbol: 'GOOG151224C00750000', intent, quantity: 1, price: 1.1 }],
    fees: usd(fees),
    realized: usd(realized),
  };
}
