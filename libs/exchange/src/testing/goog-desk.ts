import { nyInstant, requireSession } from '@trading-agent/calendar';
import { type Micros, TradingError, type Usd, marketDate, usd } from '@trading-agent/core';
import {
  type OptionContract,
  type Order,
  type OrderLeg,
  type PositionIntent,
  type Quote,
  optionContract,
} from '@trading-agent/instruments';
import type { ExchangeAccount } from '../exchange-account.ts';
import { TOUCH_ONLY } from '../fill-model.ts';
import { SimulatedExchange } from '../simulated-exchange.ts';

export const DATE = marketDate('2015-12-24');
const SESSION = requireSession(DATE);
const CONTRACTS = [
  'GOOG160115C00745000',
  'GOOG160115C00750000',
  'GOOG160115C00755000',
  'GOOG160115P00745000',
  'GOOG160115P00750000',
  'GOOG160219C00745000',
  'GOOG151219C00745000',
  'GOOG1160115C00745000',
  'TWX160115C00065000',
  'GOOG7160115C00745000',
].map((symbol) => optionContract(symbol));
export const [C745, C750, C755, P745, P750, FAR_C745, EXPIRED, ADJUSTED, OTHER, MINI] = CONTRACTS;

type Row = readonly [
  contract: OptionContract | undefined,
  bid: number | null,
  bidSize: number,
  ask: number | null,
  askSize: number,
];

export const symbolOf = (contract: OptionContract | undefined) =>
  (contract ?? optionContract('X160115C00001000')).symbol;

/** An exchange with requests in the words of the tests. */
export class Desk {
  readonly exchange: SimulatedExchange;
  #count = 0;

  get account(): ExchangeAccount {
    return this.exchange.account('PA1');
  }

  constructor(cash: Usd = usd(100_000)) {
    this.exchange = new SimulatedExchange({
      accounts: [{ accountNumber: 'PA1', cash }],
      session: SESSION,
      contracts: CONTRACTS,
      fills: TOUCH_ONLY,
    });
  }

  at(time: string, ...rows: readonly Row[]): this {
    const at: Micros = nyInstant(DATE, time);
    const quotes = rows.map(([contract, bid, bidSize, ask, askSize]): Quote => {
      return { symbol: symbolOf(contract), at, bid, bidSize, ask, askSize };
    });
    this.exchange.advance({ at, quotes, bars: [], trades: [] });
    return this;
  }

  order(
    legs: readonly (readonly [OptionContract | undefined, PositionIntent, number?])[],
    quantity: number,
    limit: number | null,
    clientOrderId = `c${(this.#count += 1)}`,
  ): Order {
    return {
      clientOrderId,
      underlying: 'GOOG',
      legs: legs.map(([contract, intent, ratio = 1]): OrderLeg => ({ symbol: symbolOf(contract), ratio, intent })),
      quantity,
      type: limit === null ? 'market' : 'limit',
      limit,
      timeInForce: 'day',
    };
  }

  submit(...request: Parameters<Desk['order']>): ReturnType<ExchangeAccount['submit']> {
    return this.account.submit(this.order(...request));
  }

  accept(...request: Parameters<Desk['order']>): string {
    const answer = this.submit(...request);
    if (!answer.accepted) throw new TradingError('BROKER_REJECTED', answer.reason);
    return answer.brokerOrderId;
  }

  /** Events since the last look, as words. */
  told(): string[] {
    return this.account.drainEvents().map((event) => {
      if (event.kind === 'too-late') return `too late to ${event.request}: ${event.reason}`;
      if (event.kind === 'order') return event.reason === undefined ? event.status : `${event.status}: ${event.reason}`;
      const prices = event.execution.legs.map((leg) => leg.price).join('/');
      return `${event.status} ${event.execution.quantity} at ${prices}`;
    });
  }
}

export const OPENING: readonly Row[] = [
  [C745, 15.9, 5, 16.9, 16],
  [C750, 12.9, 16, 14.2, 5],
  [P745, 11, 2, 12.2, 2],
  [P750, 13.5, 17, 14.6, 21],
];
