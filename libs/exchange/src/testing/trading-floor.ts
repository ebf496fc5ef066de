import { nyInstant, requireSession } from '@trading-agent/calendar';
import { type MarketDate, TradingError, type Usd, marketDate, usd } from '@trading-agent/core';
import {
  type OptionContract,
  type OptionSymbol,
  type Order,
  type PositionIntent,
  type Quote,
  type Trade,
  optionContract,
} from '@trading-agent/instruments';
import type { CorporateAction } from '../corporate-action.ts';
import type { ExchangeAccount } from '../exchange-account.ts';
import { type FillModel, TOUCH_ONLY } from '../fill-model.ts';
import { SimulatedExchange } from '../simulated-exchange.ts';

export type QuoteRow = readonly [symbol: string, bid: number | null, ask: number | null, size?: number];
export type LegRow = readonly [symbol: OptionSymbol, intent: PositionIntent, ratio?: number];

export interface FloorOptions {
  readonly date: string;
  readonly symbols: readonly string[];
  readonly cash?: Usd;
  readonly accounts?: readonly string[];
  readonly fills?: FillModel;
  readonly corporateActions?: readonly CorporateAction[];
}

/** A market in a few words: quotes by New York time, days one after the other, orders by account. */
export class TradingFloor {
  readonly exchange: SimulatedExchange;
  readonly #contracts: readonly OptionContract[];
  #date: MarketDate;
  #orders = 0;

  constructor({ date, symbols, cash = usd(100_000), accounts = ['PA1'], fills = TOUCH_ONLY, ...rest }: FloorOptions) {
    this.#date = marketDate(date);
    this.#contracts = symbols.map((symbol) => optionContract(symbol));
    this.exchange = new SimulatedExchange({
      accounts: accounts.map((accountNumber) => ({ accountNumber, cash })),
      session: requireSession(this.#date),
      contracts: this.#contracts,
      fills,
      ...(rest.corporateActions !== undefined && { corporateActions: rest.corporateActions }),
    });
  }

  account(accountNumber = 'PA1'): ExchangeAccount {
    return this.exchange.account(accountNumber);
  }

  /** A step with these quotes, prints (at the step's time) and prices of underlyings. */
  at(
    time: string,
    quotes: readonly QuoteRow[] = [],
    {
      prints = [],
      spots = {},
    }: { prints?: readonly Omit<Trade, 'at'>[]; spots?: Readonly<Record<string, number>> } = {},
  ): this {
    const at = nyInstant(this.#date, time);
    this.exchange.advance({
      at,
      quotes: quotes.map(([symbol, bid, ask, size = 10]): Quote => ({
        symbol,
        at,
        bid,
        bidSize: size,
        ask,
        askSize: size,
      })),
      bars: Object.entries(spots).map(([symbol, close]) => {
        return {
          symbol,
          start: nyInstant(this.#date, '09:30'),
          end: at,
          open: close,
          high: close,
          low: close,
          close,
          volume: 1,
        };
      }),
      trades: prints.map((print) => ({ ...print, at })),
    });
    return this;
  }

  /** The close of the day, with the underlyings' last prices. */
  close(spots: Readonly<Record<string, number>> = {}): this {
    return this.at('16:00', [], { spots });
  }

  nextDay(date: string): this {
    this.#date = marketDate(date);
    this.exchange.openSession(requireSession(this.#date), this.#contracts);
    return this;
  }

  order(legs: readonly LegRow[], quantity: number, limit: number | null): Order {
    const [first] = legs;
    const contract = this.#contracts.find(({ symbol }) => symbol === first?.[0]);
    return {
      clientOrderId: `c${(this.#orders += 1)}`,
      underlying: contract?.underlying ?? '',
      legs: legs.map(([symbol, intent, ratio = 1]) => ({ symbol, intent, ratio })),
      quantity,
      type: limit === null ? 'market' : 'limit',
      limit,
      timeInForce: 'day',
    };
  }

  /** Submits and gives the broker's order id. @throws {TradingError} `BROKER_REJECTED` when it is refused. */
  trade(legs: readonly LegRow[], quantity: number, limit: number | null, accountNumber = 'PA1'): string {
    const answer = this.account(accountNumber).submit(this.order(legs, quantity, limit));
    if (!answer.accepted) throw new TradingError('BROKER_REJECTED', answer.reason);
    return answer.brokerOrderId;
  }

  /** What happened to the account's orders since the last look, in words. */
  told(accountNumber = 'PA1'): string[] {
    return this.account(accountNumber)
      .drainEvents()
      .map((event) => {
        if (event.kind === 'too-late') return `${event.request} too late: ${event.reason}`;
        if (event.kind === 'order')
          return event.reason === undefined ? event.status : `${event.status}: ${event.reason}`;
        return `${event.status} ${event.execution.quantity} at ${event.execution.legs.map((leg) => leg.price).join('/')}`;
      });
  }

  /** Positions as `SYMBOL quantity`. */
  held(accountNumber = 'PA1'): string[] {
    return this.account(accountNumber)
      .positions()
      .map(({ symbol, quantity }) => `${symbol} ${quantity}`);
  }

  /** What the broker tells by now as `kind symbol quantity net`. */
  activities(accountNumber = 'PA1'): string[] {
    return this.account(accountNumber)
      .activities()
      .filter(({ kind }) => kind !== 'fee')
      .map(({ kind, symbol, quantity, netAmount }) => [kind, symbol, quantity, netAmount / 1e6].join(' '));
  }
}
