import { MICROS_PER_SECOND, usd } from '@trading-agent/core';
import {
  type OptionContract,
  type Order,
  type OrderLeg,
  optionContract,
  optionSymbol,
  type PositionIntent,
  type Quote,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { after, AN_INSTANT } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenExposure } from './context.ts';
import { evaluateClosing, evaluateOpening } from './evaluate.ts';
import { aContext, LIMITS, quotesOf } from './testing/situation.ts';

const SPOT = 70;
const CONTRACTS: readonly OptionContract[] = ['GOOG', 'TWX'].flatMap((root) =>
  [60, 65, 70, 75, 80].flatMap((strike) =>
    ['C', 'P'].map((right) => optionContract(`${root}160115${right}000${strike}000`)),
  ),
);
const [ONE, OTHER] = [optionSymbol('GOOG160115C00060000'), optionSymbol('GOOG160115P00060000')];
const BY_SYMBOL = new Map<string, OptionContract>(CONTRACTS.map((contract) => [contract.symbol, contract]));

const intents: readonly PositionIntent[] = [
  'buy_to_open',
  'sell_to_open',
  'buy_to_open',
  'sell_to_open',
  'buy_to_open',
  'sell_to_open',
  'buy_to_open',
  'sell_to_open',
  'sell_to_close',
];
const attempt = fc.record({
  root: fc.constantFrom('GOOG', 'GOOG', 'TWX'),
  legs: fc.uniqueArray(
    fc.record({
      index: fc.nat(9),
      ratio: fc.constantFrom(1, 1, 1, 2),
      intent: fc.constantFrom(...intents),
    }),
    { minLength: 1, maxLength: 4, selector: ({ index }) => index },
  ),
  quantity: fc.integer({ min: 1, max: 6 }),
  /** Added to the natural price of the package, dollars. */
  offset: fc.constantFrom(0, 0, 0, 0.5, -0.5, 5),
  /** What the sender claims of the real loss and capital. */
  claim: fc.constantFrom(1, 1, 1, 0.5, 2),
  spread: fc.integer({ min: 1, max: 50 }),
  quoteAge: fc.constantFrom(0, 0, 30, 90, 91),
  missing: fc.constantFrom(null, null, null, null, 'bid', 'ask'),
});
const account = fc.record({
  cash: fc.integer({ min: 2_000, max: 500_000 }),
  halted: fc.constantFrom(null, null, null, null, null, null, 'kill switch'),
  level: fc.constantFrom(3, 3, 3, 2),
  lost: fc.constantFrom(0, 0, 0.01, 0.06),
  correlation: fc.constantFrom(0, 0.5, 0.9, null),
});

type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

function quotesFor({ spread, quoteAge, missing }: Attempt): Quote[] {
  return CONTRACTS.map(({ symbol, strike, right }, index) => {
    const mid = Math.max(0, right === 'call' ? SPOT - strike : strike - SPOT) + 1;
    const bid = Math.round((mid - spread / 40) * 100) / 100;
    return {
      symbol,
      at: after(-quoteAge),
      bid: missing === 'bid' && index % 3 === 0 ? null : bid,
      bidSize: 10,
      ask: missing === 'ask' && index % 3 === 0 ? null : Math.round((mid + spread / 40) * 100) / 100,
      askSize: 10,
    };
  });
}

function orderOf(storm: Attempt, id: number, quotes: readonly Quote[]): Order {
  const legs: OrderLeg[] = storm.legs.flatMap(({ index, ratio, intent }) => {
    const contract = CONTRACTS.filter(({ underlying }) => underlying === storm.root)[index];
    return contract === undefined
      ? []
      : [{ symbol: contract.symbol, ratio: storm.legs.length === 1 ? 1 : ratio, intent }];
  });
  const common = legs.every(({ ratio }) => ratio === 2);
  let net = storm.offset;
  for (const leg of legs) {
    const quote = quotes.find(({ symbol }) => symbol === leg.symbol);
    const price = (sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid) ?? 1;
    net += sign(sideOf(leg.intent)) * price * leg.ratio;
  }
  const only = legs.length === 1 ? legs[0] : undefined;
  const limit = only === undefined ? net : sign(sideOf(only.intent)) * Math.max(0.01, Math.abs(net));
  return {
    clientOrderId: `order-${id}`,
    underlying: storm.root,
    legs: common ? legs.map((leg) => ({ ...leg, ratio: 1 })) : legs,
    quantity: storm.quantity,
    type: 'limit',
    limit: Math.round(limit * 100) / 100,
    timeInForce: 'day',
  };
}

/** Worst payoff of one unit in dollars by looking at many prices of the stock, not by the formula that risk uses. */
function worstPayoff({ legs }: Order): number {
  let worst = 0;
  for (const spot of [0, 60, 65, 70, 75, 80, 10_000]) {
    let payoff = 0;
    for (const leg of legs) {
      const contract = BY_SYMBOL.get(leg.symbol);
      const beyond = spot - (contract?.strike ?? Number.NaN);
      payoff += sign(sideOf(leg.intent)) * leg.ratio * 100 * Math.max(0, contract?.right === 'call' ? beyond : -beyond);
    }
    worst = Math.min(worst, payoff);
  }
  return worst;
}

describe('a storm of orders', () => {
  it('never gets an order through that breaks a limit', () => {
    const seen = { attempts: 0, approved: 0, singles: 0, packages: 0 };
    fc.assert(
      fc.property(account, fc.array(attempt, { minLength: 5, maxLength: 40 }), (account, storm) => {
        const equity = account.cash * (1 - account.lost);
        const exposures: OpenExposure[] = [];
        const held = new Map<string, number>();
        for (const [id, one] of storm.entries()) {
          const quotes = quotesFor(one);
          const order = orderOf(one, id, quotes);
          const limit = order.limit ?? Number.NaN;
          const collateral = -worstPayoff(order);
          const loss = collateral + limit * 100;
          const committed = collateral > 0 ? collateral : limit * 100;
          const isBounded = collateral < 100_000;
          const spent = exposures.reduce((sum, exposure) => sum + exposure.committed / 1e6, 0);
          const context = aContext({
            equity: usd(equity),
            startOfDayEquity: usd(account.cash),
            availableFunds: usd(account.cash - spent),
            halted: account.halted,
            optionsLevel: account.level,
            exposures,
            ordersInLastHour: (id * 7) % 66,
            quote: quotesOf(quotes),
            exposure: (symbol) => held.get(symbol) ?? 0,
            correlation: () => account.correlation,
          });
          const verdict = evaluateOpening(
            {
              order,
              contracts: CONTRACTS,
              maxLossPerUnit: isBounded ? usd(loss * one.claim) : one.claim === 0.5 ? usd(100) : null,
              committedPerUnit: usd(Math.max(0, isBounded ? committed * one.claim : 100)),
            },
            context,
          );
          seen.attempts++;
          if (verdict.kind === 'refused') continue;

          seen.approved++;
          if (order.legs.length === 1) seen.singles++;
          else seen.packages++;
          const slack = 1e-6;
          const wholeLoss = loss * order.quantity;
          const bound = exposures.filter(({ underlying }) => underlying === order.underlying);
          expect(isBounded).toBe(true);
          expect(one.claim).toBeGreaterThanOrEqual(1);
          expect(account.halted).toBe(null);
          expect(account.lost).toBeLessThan(LIMITS.dailyLoss);
          expect(one.quoteAge).toBeLessThanOrEqual(LIMITS.maxQuoteAgeSeconds);
          expect(order.legs.every(({ intent }) => intent.endsWith('_to_open'))).toBe(true);
          expect(account.level).toBeGreaterThanOrEqual(order.legs.length > 1 ? 3 : 2);
          expect(wholeLoss).toBeLessThanOrEqual(equity * LIMITS.riskPerTrade + slack);
          expect(wholeLoss + sum(exposures, 'maxLoss')).toBeLessThanOrEqual(equity * LIMITS.portfolioRisk + slack);
          expect(committed * order.quantity + sum(bound, 'committed')).toBeLessThanOrEqual(
            equity * LIMITS.maxPositionSize + slack,
          );
          expect(committed * order.quantity).toBeLessThanOrEqual(account.cash - spent + slack);
          expect(exposures.length).toBeLessThan(LIMITS.maxPositions);
          expect(context.ordersInLastHour).toBeLessThan(LIMITS.maxOrdersPerHour);
          expect(limit - midpoint(order, quotes, true)).toBeLessThanOrEqual(
            LIMITS.priceCollar * midpoint(order, quotes, false) + slack,
          );
          expect(exposures.length === bound.length || (account.correlation ?? 1) <= LIMITS.correlation).toBe(true);
          for (const leg of order.legs) {
            const direction = sign(sideOf(leg.intent));
            const quote = quotes.find(({ symbol }) => symbol === leg.symbol);
            expect(direction > 0 ? quote?.ask : quote?.bid).toBeGreaterThan(0);
            expect((held.get(leg.symbol) ?? 0) * direction).toBeGreaterThanOrEqual(0);
            held.set(leg.symbol, (held.get(leg.symbol) ?? 0) + direction * leg.ratio * order.quantity);
          }
          // What was claimed is what counts from now on, and it was at least the truth.
          exposures.push({
            underlying: order.underlying,
            maxLoss: usd(wholeLoss * one.claim),
            committed: usd(committed * one.claim * order.quantity),
          });
        }
      }),
      { numRuns: 2_000 },
    );
    // A storm that lets nothing through would prove nothing.
    expect(seen.attempts).toBeGreaterThan(20_000);
    expect(seen.singles).toBeGreaterThan(100);
    expect(seen.packages).toBeGreaterThan(100);
  });

  it('never closes more than is held', () => {
    const close = fc.record({
      long: fc.integer({ min: -3, max: 6 }),
      short: fc.integer({ min: -6, max: 3 }),
      quantity: fc.integer({ min: 1, max: 6 }),
      ratio: fc.constantFrom(1, 2),
      first: fc.constantFrom<PositionIntent>('sell_to_close', 'sell_to_open', 'buy_to_close'),
    });
    let approved = 0;
    const quotes: Quote[] = CONTRACTS.map(({ symbol }) => ({
      symbol,
      at: AN_INSTANT,
      bid: 1,
      bidSize: 1,
      ask: 2,
      askSize: 1,
    }));
    fc.assert(
      fc.property(close, ({ long, short, quantity, ratio, first }) => {
        const legs: OrderLeg[] = [
          { symbol: ONE, ratio: 1, intent: first },
          { symbol: OTHER, ratio, intent: 'buy_to_close' },
        ];
        const order: Order = {
          clientOrderId: 'x',
          underlying: 'GOOG',
          legs,
          quantity,
          type: 'limit',
          limit: 1,
          timeInForce: 'day',
        };
        const held = (symbol: string): number => (symbol === ONE ? long : short);
        const verdict = evaluateClosing(
          { order, held },
          aContext({ quote: quotesOf(quotes), at: after(1 / MICROS_PER_SECOND) }),
        );
        const fits =
          -short >= ratio * quantity &&
          (first === 'sell_to_close' ? long >= quantity : first === 'buy_to_close' && -long >= quantity);
        expect(verdict.kind).toBe(fits ? 'approved' : 'refused');
        if (fits) approved++;
      }),
      { numRuns: 1_000 },
    );
    expect(approved).toBeGreaterThan(20);
  });
});

/** The package at its midpoints: its net, or the gross premium of all legs. */
function midpoint({ legs }: Order, quotes: readonly Quote[], isNet: boolean): number {
  let total = 0;
  for (const leg of legs) {
    const { bid = null, ask = null } = quotes.find(({ symbol }) => symbol === leg.symbol) ?? {};
    const mid = bid === null || ask === null ? Number.NaN : (bid + ask) / 2;
    total += mid * leg.ratio * (isNet ? sign(sideOf(leg.intent)) : 1);
  }
  return total;
}

function sum(exposures: readonly OpenExposure[], what: 'maxLoss' | 'committed'): number {
  return exposures.reduce((total, exposure) => total + exposure[what] / 1e6, 0);
}
