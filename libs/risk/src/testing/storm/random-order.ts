import type { Random } from '@trading-agent/core';
import { type Order, type OrderLeg, type PositionIntent, type Quote, sideOf, sign } from '@trading-agent/instruments';
import { CONTRACTS, pickOf } from './storm-market.ts';

/** An opening order on `ticker` that somebody might send, or nobody: packages, ratios, sizes and limits of every kind. */
export function randomOrder(random: Random, id: number, ticker: string, quotes: ReadonlyMap<string, Quote>): Order {
  const listed = CONTRACTS.filter(
    ({ underlying, expiry }) => underlying === ticker && (expiry > '2016' || random.next() < 0.1),
  );
  const count = pickOf(random, [1, 2, 2, 2, 4, 4, 3]);
  const first = random.int(listed.length);
  const legs = new Map<string, OrderLeg>();
  for (let index = 0; index < count; index++) {
    // Often the next strikes of the same expiry and right: packages that somebody might mean.
    const near = random.next() < 0.8;
    const contract =
      listed[index === 0 ? first : near ? (first + 2 * index) % listed.length : random.int(listed.length)];
    if (contract === undefined) continue;
    const side: PositionIntent = index % 2 === 0 ? pickOf(random, ['buy_to_open', 'sell_to_open']) : flip(legs);
    const intent: PositionIntent = random.next() < 0.03 ? 'sell_to_close' : side;
    legs.set(contract.symbol, { symbol: contract.symbol, ratio: random.next() < 0.1 ? 2 : 1, intent });
  }
  const chosen = [...legs.values()];
  const normal = chosen.every(({ ratio }) => ratio === 2) ? chosen.map((leg) => ({ ...leg, ratio: 1 })) : chosen;
  let net = pickOf(random, [0, 0, 0, 0.3, -0.3, 5]);
  for (const leg of normal) {
    const quote = quotes.get(leg.symbol);
    net += sign(sideOf(leg.intent)) * ((sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid) ?? 1) * leg.ratio;
  }
  const only = normal.length === 1 ? normal[0] : undefined;
  const limit = only === undefined ? net : sign(sideOf(only.intent)) * Math.max(0.01, Math.abs(net));
  return {
    clientOrderId: random.next() < 0.02 ? 'order-again' : `order-${id}`,
    underlying: ticker,
    legs: normal,
    quantity: 1 + random.int(pickOf(random, [1, 1, 3, 20, 400])),
    type: 'limit',
    limit: Math.round(limit * 100) / 100,
    timeInForce: 'day',
  };
}

/** The side opposite to the last leg's, so that many packages are spreads. */
function flip(legs: ReadonlyMap<string, OrderLeg>): PositionIntent {
  const last = [...legs.values()].at(-1);
  return last !== undefined && sideOf(last.intent) === 'buy' ? 'sell_to_open' : 'buy_to_open';
}
