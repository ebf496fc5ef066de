import { canonicalJson, micros, MICROS_PER_SECOND } from '@trading-agent/core';
import { optionContract } from '@trading-agent/instruments';
import { A_CALL, A_HIGHER_CALL, anOrder, AN_INSTANT, aQuote } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostShares, sharePrice } from './closing-shares.ts';
import { evaluateClosing } from './evaluate.ts';
import { aContext, quotesOf, SESSION } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

/** What stands for a number that could not be measured. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;
const SALE = [{ symbol: 'GOOG', ratio: 1, intent: 'sell_to_close' }] as const;
const RETURN = [{ symbol: 'GOOG', ratio: 1, intent: 'buy_to_close' }] as const;

const sale = (quantity = 100, limit = -745) => anOrder({ legs: SALE, quantity, limit });
const holding = (held: number, cover = 0) => ({ held: (): number => held, cover: (): number => cover });

describe('an order that closes shares', () => {
  it('passes in a halted, losing account, with its evidence', () => {
    const context = aContext({ halted: 'kill switch', accountTradable: false });
    const verdict = evaluateClosing({ order: sale(), ...holding(100) }, context);
    expect(failures(verdict)).toEqual([]);
    expect(verdict.kind === 'approved' && verdict.approved.checks.map(({ rule }) => rule)).toEqual([
      'session-hours',
      'share-collar',
      'fat-finger',
      'closes-held',
      'keeps-cover',
    ]);
  });

  // GOOG at 750, no quotes: a hundredth below is 742.50.
  it.each([
    ['after the close', sale(), holding(100), { session: { ...SESSION, close: AN_INSTANT } }, ['session-hours', 0, 0]],
    ['for less than the collar allows', sale(100, -742.49), holding(100), {}, ['share-collar', 1.0014, 1]],
    ['without a price', sale(), holding(100), { market: { price: () => null } }, ['share-collar', UNKNOWN, 1]],
    ['of more than the house sends at once', sale(50_001), holding(60_000), {}, ['fat-finger', 50_001, 50_000]],
    ['of more than is held', sale(101), holding(100), {}, ['closes-held', 1, 0]],
    ['of short shares', sale(), holding(-100), {}, ['closes-held', 100, 0]],
    ['of what sold calls need', sale(), holding(150, 100), {}, ['keeps-cover', 50, 0]],
    ['when nobody says what they need', sale(), { held: (): number => 100 }, {}, ['keeps-cover', UNKNOWN, 0]],
    ['when nobody knows what is held', sale(), holding(Number.NaN), {}, ['closes-held', UNKNOWN, 0]],
  ])('is refused %s', (_why, order, intent, over, failure) => {
    const verdict = evaluateClosing({ order, ...intent }, aContext(over));
    expect(failures(verdict)).toContainEqual(failure);
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it('believes no intent that lets shares go from under a sold call', () => {
    const sold = { contract: optionContract(A_CALL), quantity: -1 };
    const bought = { contract: optionContract(A_HIGHER_CALL), quantity: 1 };
    const context = aContext({ holdings: { options: [sold], stocks: [] } });
    expect(failures(evaluateClosing({ order: sale(), ...holding(150) }, context))).toEqual([['keeps-cover', 50, 0]]);
    const covered = aContext({ holdings: { options: [sold, bought], stocks: [] } });
    expect(failures(evaluateClosing({ order: sale(), ...holding(150) }, covered))).toEqual([]);
  });

  it('buys short ones back with the same rules the other way round', () => {
    const back = (quantity: number, limit: number) => anOrder({ legs: RETURN, quantity, limit });
    expect(failures(evaluateClosing({ order: back(100, 757.5), ...holding(-100) }, aContext()))).toEqual([]);
    const over = evaluateClosing({ order: back(101, 757.51), ...holding(-100) }, aContext());
    expect(failures(over)).toEqual([
      ['share-collar', 1.0014, 1],
      ['closes-held', 1, 0],
      ['keeps-cover', 1, 0],
    ]);
  });

  it('is measured against the midpoint where there are quotes; a market order has no bound', () => {
    const quote = quotesOf([aQuote({ symbol: 'GOOG', bid: 759.9, ask: 760.1 })]);
    expect(failures(evaluateClosing({ order: sale(), ...holding(100) }, aContext({ quote })))).toEqual([
      ['share-collar', 1.9737, 1],
    ]);
    const order = anOrder({ legs: SALE, quantity: 100, type: 'market', limit: null });
    expect(failures(evaluateClosing({ order, ...holding(100) }, aContext()))).toEqual([['share-collar', UNKNOWN, 1]]);
  });
});

describe('the price at which shares are closed', () => {
  it.each([
    ['sell', 742.5, undefined],
    ['buy', 757.5, undefined],
    ['sell', 749.9, [749.9, 750.1]],
    ['buy', 750.1, [749.9, 750.1]],
    // An empty book gives a side that nobody meant.
    ['sell', 742.5, [735, 765]],
    ['buy', 757.5, [735, 765]],
    ['sell', 742.5, [null, 750.1]],
    // A crossed market has no midpoint: the last price counts.
    ['sell', 742.5, [780, 700]],
    ['buy', 757.5, [780, 775]],
  ] as const)('to %s at 750 is %d with the quotes %j', (side, price, quoted) => {
    const quotes = quoted === undefined ? [] : [aQuote({ symbol: 'GOOG', bid: quoted[0], ask: quoted[1] })];
    expect(sharePrice('GOOG', side, aContext({ quote: quotesOf(quotes) }))?.price).toBe(price);
  });

  it.each([
    ['by the quotes 749.9 x 750.1', 749.9, 90],
    ['by the last price 750: its quote is 91 s old, older than 90 s', 742.5, 91],
    ['by the quotes 749.9 x 750.1', 749.9, -1],
    ['by the last price 750: its quote is dated 2 s ahead of the clock', 742.5, -2],
  ])('says what it was made from: %s', (basis, price, ageSeconds) => {
    const context = aContext();
    const at = micros(context.at - ageSeconds * MICROS_PER_SECOND);
    const quote = quotesOf([aQuote({ symbol: 'GOOG', bid: 749.9, ask: 750.1, at })]);
    expect(sharePrice('GOOG', 'sell', { ...context, quote })).toEqual({ price, basis });
  });

  it('says which side is missing or crossed, and that there is none', () => {
    const basis = (bid: number | null, ask: number | null): string | undefined =>
      sharePrice('GOOG', 'sell', aContext({ quote: quotesOf([aQuote({ symbol: 'GOOG', bid, ask })]) }))?.basis;
    expect(basis(null, 750.1)).toBe('by the last price 750: nobody bids');
    expect(basis(749.9, null)).toBe('by the quote 749.9');
    expect(basis(780, 700)).toBe('by the last price 750: its quotes 780 x 700 are crossed');
    expect(sharePrice('GOOG', 'sell', aContext())?.basis).toBe('by the last price 750: it has no quotes');
  });

  it.each([
    ['buy', 0.9902, 1],
    ['buy', 0.99, 0.9999],
    ['buy', 1.0052, 1.01],
    ['sell', 1.0102, 1.01],
    ['sell', 1.01, 0.9999],
    ['sell', 0.9902, 0.9803],
  ] as const)('to %s is in cents from a dollar on: at %d it is %d', (side, last, price) => {
    expect(sharePrice('GOOG', side, aContext({ market: { price: () => last } }))?.price).toBe(price);
  });

  // What a broker tells of a stock may lie between two ticks; the order does not, and still meets it.
  it.each([
    ['sell', [749.905, 750.1], 749.9],
    ['buy', [749.9, 750.105], 750.11],
    ['sell', [749.9, 750.1], 749.9],
    ['sell', [0.99995, 1.0003], 0.9999],
    ['buy', [0.9998, 1.00005], 1],
    ['sell', [742.5049, 757.4], 742.5],
  ] as const)('to %s by the quotes %j is on the tick: %d', (side, [bid, ask], price) => {
    const quote = quotesOf([aQuote({ symbol: 'GOOG', bid, ask })]);
    expect(sharePrice('GOOG', side, aContext({ quote }))?.price).toBe(price);
  });

  it('always passes the rule that it is made for, on the tick', () => {
    const price = fc
      // The tick changes at a dollar: most prices are tried around it.
      .oneof(
        fc.integer({ min: 9_800, max: 10_300 }),
        fc.integer({ min: 100, max: 11_000 }),
        fc.integer({ min: 100, max: 90_000_000 }),
      )
      .map((units) => units / 10_000);
    fc.assert(
      fc.property(price, fc.constantFrom('sell', 'buy'), (last, side) => {
        const context = aContext({ market: { price: () => last } });
        const limit = sharePrice('GOOG', side, context)?.price ?? Number.NaN;
        const order = anOrder({
          legs: side === 'sell' ? SALE : RETURN,
          quantity: mostShares(context),
          limit: side === 'sell' ? -limit : limit,
        });
        const held = side === 'sell' ? 1e6 : -1e6;
        expect(failures(evaluateClosing({ order, ...holding(held) }, context))).toEqual([]);
        const ticks = limit * (limit >= 1 ? 100 : 10_000);
        // No farther from the collar's end than a tick.
        const end = last * (side === 'sell' ? 0.99 : 1.01);
        expect(Math.abs(limit - end)).toBeLessThan((end >= 1 ? 0.01 : 0.0001) + 1e-6);
        expect(Math.abs(ticks - Math.round(ticks))).toBeLessThan(1e-6);
      }),
    );
  });
});
