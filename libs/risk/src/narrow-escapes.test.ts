import { usd } from '@trading-agent/core';
import { optionContract, type OrderLeg } from '@trading-agent/instruments';
import { anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { evaluateOpening } from './evaluate.ts';
import { aContext, anIntent } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

// Orders that once came through, or could have.

const [NEAR_SOLD, NEAR_BOUGHT, FAR_SOLD, FAR_BOUGHT] = [
  'GOOG160115P00740000',
  'GOOG160115P00735000',
  'GOOG160219C00760000',
  'GOOG160219C00765000',
] as const;

const leg = (symbol: string, intent: OrderLeg['intent']): OrderLeg => ({ symbol, ratio: 1, intent });

function told(symbols: readonly string[], limit: number, stated: { readonly loss: number; readonly shares?: number }) {
  const legs = symbols.map((symbol, index) => leg(symbol, index % 2 === 0 ? 'sell_to_open' : 'buy_to_open'));
  const quotes = new Map(
    symbols.map((symbol, index) => [symbol, aQuote({ symbol, bid: 3 - (index % 2), ask: 3.1 - (index % 2) })]),
  );
  const { loss, ...shares } = stated;
  return evaluateOpening(
    {
      order: anOrder({ legs, limit }),
      contracts: symbols.map((symbol) => optionContract(symbol)),
      maxLossPerUnit: usd(loss),
      committedPerUnit: usd(loss),
      ...shares,
    },
    aContext({ quote: (symbol) => quotes.get(symbol) }),
  );
}

const understated = (verdict: ReturnType<typeof told>) =>
  failures(verdict).find((failed) => Array.isArray(failed) && failed[0] === 'stated-risk');

describe('the stated risk', () => {
  it('counts a spread that shares do not cover, though shares are part of the order', () => {
    const spread = [NEAR_SOLD, NEAR_BOUGHT];
    expect(understated(told(spread, -0.9, { loss: 0, shares: 100 }))).toEqual(['stated-risk', 500, 0]);
    expect(understated(told(spread, -0.9, { loss: 500, shares: 100 }))).toBeUndefined();
    // The call that the shares cover is no risk of the order, and what it brings is there to lose.
    expect(understated(told([...spread, FAR_SOLD], -3.9, { loss: 499, shares: 100 }))).toEqual(['stated-risk', 1, 0]);
    expect(understated(told([FAR_SOLD], -3, { loss: 0, shares: 100 }))).toBeUndefined();
  });

  it('counts what is sold at two expiries twice: each may lose', () => {
    const both = [NEAR_SOLD, NEAR_BOUGHT, FAR_SOLD, FAR_BOUGHT];
    expect(understated(told(both, -2, { loss: 500 }))).toEqual(['stated-risk', 500, 0]);
    expect(understated(told(both, -2, { loss: 1_000 }))).toBeUndefined();
  });

  it('counts both what is paid and what is set aside', () => {
    // Bought nearer than it is sold far: a butterfly with a wide wing that costs something.
    const wide = [NEAR_SOLD, NEAR_BOUGHT];
    expect(understated(told(wide, 0.5, { loss: 500 }))).toEqual(['stated-risk', 50, 0]);
    expect(understated(told(wide, 0.5, { loss: 550 }))).toBeUndefined();
  });
});

it('a limit is not rounded up to', () => {
  // Midpoint 2.85, gross 21.95: a quarter of it beyond is 8.3375.
  const at = (limit: number) =>
    failures(
      evaluateOpening(
        anIntent({ order: aVertical({ limit }), maxLossPerUnit: usd(900), committedPerUnit: usd(900) }),
        aContext({ limits: { riskPerTrade: 1 } }),
      ),
    );
  expect(at(8.3375).filter((failed) => Array.isArray(failed) && failed[0] === 'price-collar')).toEqual([]);
  expect(at(8.337_51).filter((failed) => Array.isArray(failed) && failed[0] === 'price-collar')).toEqual([
    ['price-collar', 25.0001, 25],
  ]);
});

it('a price that is none says nothing of what would be delivered', () => {
  const held = { contract: optionContract('TWX151224P00070000'), quantity: -1 };
  const { market: quiet } = aContext();
  const market = { price: (symbol: string) => (symbol === 'TWX' ? Number.NaN : quiet.price(symbol)) };
  const verdict = evaluateOpening(anIntent(), aContext({ holdings: { options: [held], stocks: [] }, market }));
  expect(failures(verdict).find((failed) => Array.isArray(failed) && failed[0] === 'delivery')).toEqual([
    'delivery',
    Number.MAX_SAFE_INTEGER,
    50_000,
  ]);
});
