import type { BrokerEvent, BrokerPosition } from '@trading-agent/broker';
import { type Order, type Quote, type Ticker, netPrice, sideOf } from '@trading-agent/instruments';
import type { Micros } from '@trading-agent/core';
import type { EffectAt, FaultPort, Facts } from '../faults/effects.ts';
import type { OrderUpdate } from './order-book.ts';

interface CutOrder {
  readonly units: number;
  readonly reason: string;
}

/**
 * Faults that change what becomes of orders. The exchange itself knows nothing of them: an order that is to fill only in part reaches it smaller,
 * one that is to fill before its cancel is met by a market that touches its limit for an instant. What they did is a function of the requests.
 */
export class OrderFaults {
  readonly #faults: FaultPort;
  readonly #key: string;
  readonly #now: () => Micros;
  readonly #cut = new Map<string, CutOrder>();

  /** `key` is the public part of the account's credential, `now` its simulated time. */
  constructor(faults: FaultPort, key: string, now: () => Micros) {
    this.#faults = faults;
    this.#key = key;
    this.#now = now;
  }

  /** The order as it is to reach the exchange. */
  admitted(order: Order): { readonly order: Order; readonly cut: CutOrder | null } {
    const [effect] = this.#faults.strike('order', this.#facts(order));
    if (effect === undefined || effect.units >= order.quantity) return { order, cut: null };
    return { order: { ...order, quantity: effect.units }, cut: effect };
  }

  /** The exchange has taken an order that was cut. */
  remember(brokerOrderId: string, cut: CutOrder): void {
    this.#cut.set(brokerOrderId, cut);
  }

  /** What the exchange tells, as the account's owner hears it. */
  told(event: BrokerEvent): readonly BrokerEvent[] {
    const cut = this.#cut.get(event.brokerOrderId);
    if (cut === undefined || event.kind !== 'execution' || event.status !== 'filled') return [event];
    const { at, brokerOrderId, execution } = event;
    const { clientOrderId } = execution;
    return [
      { ...event, status: 'partially_filled' },
      { kind: 'order', at, clientOrderId, brokerOrderId, status: 'rejected', reason: cut.reason },
    ];
  }

  /** True when this cancel is to lose against a fill. */
  losesToFill(order: Order): boolean {
    return this.#faults.strike('cancel', this.#facts(order)).length > 0;
  }

  /** What is changed of a fill right after it happened. */
  changesOf({ record, event }: OrderUpdate): readonly EffectAt<'execution'>[] {
    return this.#faults.strike('execution', { ...this.#facts(record.order), room: 'trades', topic: event });
  }

  shown(positions: readonly BrokerPosition[]): readonly BrokerPosition[] {
    if (this.#faults.isQuiet('positions')) return positions;
    const shifts = this.#faults.standing('positions', { room: 'alpaca', key: this.#key });
    return shifts.reduce<readonly BrokerPosition[]>((rows, { symbol, quantity }) => {
      const held = rows.find((row) => row.symbol === symbol);
      const others = rows.filter((row) => row !== held);
      const shifted = (held?.quantity ?? 0) + quantity;
      if (shifted === 0) return others;
      return [...others, { symbol, averagePrice: 0, ...held, quantity: shifted }].toSorted((a, b) =>
        a.symbol < b.symbol ? -1 : 1,
      );
    }, positions);
  }

  #facts({ clientOrderId, underlying, legs }: Order): Facts {
    return {
      room: 'alpaca',
      key: this.#key,
      at: this.#now(),
      order: clientOrderId,
      symbols: [underlying, ...legs.map(({ symbol }) => symbol)],
    };
  }
}

/**
 * Quotes that touch the order's limit with size enough for `units`, and those they stand in for; `null` when there is no limit to touch or a leg
 * is not quoted on its side. One leg gives way, the others stay where they are.
 */
export function touch(
  order: Order,
  units: number,
  at: Micros,
  nbbo: (symbol: Ticker) => Quote | undefined,
): { readonly touching: readonly Quote[]; readonly before: readonly Quote[] } | null {
  const [first] = order.legs;
  if (order.limit === null || first === undefined) return null;
  const before: Quote[] = [];
  const prices: number[] = [];
  for (const { symbol, intent } of order.legs) {
    const quote = nbbo(symbol);
    const price = quote === undefined ? null : sideOf(intent) === 'buy' ? quote.ask : quote.bid;
    if (quote === undefined || price === null) return null;
    before.push(quote);
    prices.push(price);
  }
  // Debit positive: what the package costs beyond its limit must come off the first leg.
  const excess = Math.max(0, netPrice(order.legs, prices) - order.limit) / first.ratio;
  const touching = order.legs.map(({ symbol, intent, ratio }, index): Quote => {
    const give = index === 0 ? excess : 0;
    const size = ratio * units;
    const old = before[index] ?? { symbol, at, bid: null, bidSize: 0, ask: null, askSize: 0 };
    const price = prices[index] ?? 0;
    return sideOf(intent) === 'buy'
      ? { ...old, at, ask: cents(price - give), askSize: size, bid: null, bidSize: 0 }
      : { ...old, at, bid: cents(price + give), bidSize: size, ask: null, askSize: 0 };
  });
  const isPossible = touching.every(({ bid, ask }) => (bid ?? 1) > 0 && (ask ?? 1) > 0);
  return isPossible ? { touching, before } : null;
}

function cents(price: number): number {
  return Math.round(price * 1e6) / 1e6;
}
