import { marketDate, type Usd, usdToNumber } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collateralPerUnit } from '../payoff.ts';
import { bookOf, bookWith } from './book.ts';
import { type Margin, marginOf, marginOfBook, movesWithPrices } from './margin.ts';
import { COVERED_MARGIN, type HeldOption, type Holdings, type MarginMarket, type MarginTerms } from './terms.ts';

// What a patient person with the manual would do: try every way to put single contracts together, by the formulas of the manual written
// down a second time, in dollars.

interface Unit {
  readonly right: 'C' | 'P';
  readonly strike: number;
  /** 0 is the nearest. */
  readonly expiry: number;
  readonly sign: 1 | -1;
  readonly price: number;
}

const SPOT = 100;
const EXPIRIES = ['2023-05-19', '2023-06-16'];

function cost(options: { naked: boolean }, group: readonly Unit[], lots: number, keep: boolean): number | null {
  const [a, b, c] = group;
  if (a === undefined) return null;
  const itm = (u: Unit): number => Math.max(0, u.right === 'C' ? SPOT - u.strike : u.strike - SPOT);
  const otm = (u: Unit): number => Math.max(0, u.right === 'C' ? u.strike - SPOT : SPOT - u.strike);
  const base = (u: Unit): number => Math.max(20 - otm(u), 0.1 * (u.right === 'C' ? SPOT : u.strike));
  const nakedOf = (u: Unit): number => u.price + base(u);
  const found: number[] = [];
  if (lots === 0) {
    if (group.length === 1) {
      if (a.sign === 1) found.push(0);
      else {
        if (options.naked) found.push(nakedOf(a));
        if (a.right === 'P') found.push(a.strike);
      }
    }
    if (group.length === 2 && b && options.naked && a.sign === -1 && b.sign === -1 && a.right !== b.right) {
      found.push(Math.max(nakedOf(a) + b.price, nakedOf(b) + a.price));
    }
    const spread = spreadLoss(group);
    if (spread !== null) found.push(spread);
    return found.length === 0 ? null : 100 * Math.min(...found);
  }
  const long = lots > 0;
  const stock = long ? (keep ? 25 : 50) : keep ? 130 : 150;
  const cover = long ? 'C' : 'P';
  if (group.length === 1 && a.sign === -1 && a.right === cover) {
    if (!long) found.push(stock + itm(a));
    else found.push(Math.min(SPOT, keep ? 0.25 * (SPOT - itm(a)) + itm(a) : 50 + itm(a)));
  }
  if (group.length === 1 && a.sign === 1 && a.right !== cover) {
    found.push(keep ? Math.min(stock, (long ? 0 : SPOT) + 0.1 * a.strike + otm(a)) : stock);
  }
  if (group.length === 2 && b && c === undefined) {
    const bought = group.find((u) => u.sign === 1);
    const sold = group.find((u) => u.sign === -1);
    if (bought && sold && bought.expiry === sold.expiry && bought.right !== cover && sold.right === cover) {
      if (long && bought.strike <= sold.strike) {
        const hedged = 0.1 * bought.strike + (bought.strike === sold.strike ? 0 : otm(bought));
        const least = bought.strike === sold.strike ? hedged : Math.min(hedged, 0.25 * sold.strike);
        found.push(Math.min(SPOT, (keep ? least : 50) + itm(sold)));
      }
      if (!long && bought.strike === sold.strike) {
        found.push(keep ? SPOT + 0.1 * bought.strike + itm(sold) : 150 + itm(sold));
      }
    }
  }
  return found.length === 0 ? null : 100 * Math.min(...found);
}

/** Any number of contracts, calls and puts each balanced, no long gone before a short. */
function spreadLoss(group: readonly Unit[]): number | null {
  if (group.length === 0) return null;
  for (const right of ['C', 'P']) {
    if (group.filter((u) => u.right === right).reduce((sum, u) => sum + u.sign, 0) !== 0) return null;
  }
  const lastShort = Math.max(...group.filter((u) => u.sign < 0).map((u) => u.expiry));
  const firstLong = Math.min(...group.filter((u) => u.sign > 0).map((u) => u.expiry));
  if (lastShort > firstLong) return null;
  const payoff = (spot: number): number =>
    group.reduce((sum, u) => sum + u.sign * Math.max(0, u.right === 'C' ? spot - u.strike : u.strike - spot), 0);
  return Math.max(0, ...[0, ...group.map((u) => u.strike), 1_000].map((spot) => -payoff(spot)));
}

/** The cheapest way to group `units` and `lots` of a hundred shares (signed) by hand, in dollars; infinite when there is none. */
function byHand(units: readonly Unit[], lots: number, naked: boolean, keep: boolean): number {
  const [first, ...rest] = units;
  const stock = (lots > 0 ? (keep ? 25 : 50) : keep ? 130 : 150) * 100 * Math.abs(lots);
  if (first === undefined) return lots === 0 ? 0 : stock;
  let best = Number.POSITIVE_INFINITY;
  for (const companions of subsets(rest)) {
    const group = [first, ...companions];
    const others = [...rest];
    for (const unit of companions) others.splice(others.indexOf(unit), 1);
    const alone = cost({ naked }, group, 0, keep);
    if (alone !== null) best = Math.min(best, alone + byHand(others, lots, naked, keep));
    if (lots === 0) continue;
    const withStock = cost({ naked }, group, Math.sign(lots), keep);
    if (withStock !== null) best = Math.min(best, withStock + byHand(others, lots - Math.sign(lots), naked, keep));
  }
  return best;
}

function subsets(units: readonly Unit[]): Unit[][] {
  const [first, ...rest] = units;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((some) => [first, ...some])];
}

function holdingsOf(units: readonly Unit[], shares: number): Holdings {
  return {
    options: units.map((u): HeldOption => ({ contract: contractOf(u), quantity: u.sign })),
    stocks: shares === 0 ? [] : [{ symbol: 'ABC', quantity: shares }],
  };
}

function contractOf({ right, strike, expiry }: Unit): HeldOption['contract'] {
  return optionContract(
    formatOptionSymbol({
      root: 'ABC',
      expiry: marketDate(EXPIRIES[expiry] ?? ''),
      right: right === 'C' ? 'call' : 'put',
      strike,
    }),
  );
}

/** One price per contract, as there is in a market. */
const priceOf = ({ right, strike, expiry }: Omit<Unit, 'sign' | 'price'>): number =>
  Math.max(0, right === 'C' ? SPOT - strike : strike - SPOT) + 1 + expiry + (strike % 7) / 4;

const unit: fc.Arbitrary<Unit> = fc
  .record({
    right: fc.constantFrom('C', 'P'),
    strike: fc.constantFrom(60, 85, 90, 95, 100, 105, 110, 120),
    expiry: fc.constantFrom(0, 0, 0, 1),
    sign: fc.constantFrom<1 | -1>(1, -1),
  })
  .map((terms) => ({ ...terms, price: priceOf(terms) }));

/** A contract is held long or short, never both. */
const units = fc.array(unit, { maxLength: 6 }).map((drawn) => {
  const signs = new Map<string, 1 | -1>();
  return drawn.map((one) => {
    const key = contractOf(one).symbol;
    const sign = signs.get(key) ?? one.sign;
    signs.set(key, sign);
    return { ...one, sign };
  });
});

function marketOf(held: readonly Unit[]): MarginMarket {
  const prices = new Map<string, number>(held.map((one) => [contractOf(one).symbol, one.price]));
  return { price: (symbol) => (symbol === 'ABC' ? SPOT : (prices.get(symbol) ?? null)) };
}

/** Binary noise taken off. */
function cents(amount: number): number {
  return Number.isFinite(amount) ? Math.round(amount * 100) / 100 : amount;
}

function dollars(amount: Usd | null): number {
  return amount === null ? Number.POSITIVE_INFINITY : usdToNumber(amount);
}

function of(held: readonly Unit[], lots: number, naked: boolean): Margin {
  const terms: MarginTerms = { ...COVERED_MARGIN, uncovered: naked };
  return marginOf(holdingsOf(held, lots * 100), marketOf(held), terms);
}

describe('the cheapest grouping', () => {
  it('is neither dearer nor cheaper than the best that can be found by hand', () => {
    fc.assert(
      fc.property(units, fc.constantFrom(0, 0, 1, 2, -1), fc.boolean(), (held, lots, naked) => {
        const margin = of(held, lots, naked);
        expect(margin.proven).toBe(true);
        const found = [margin.initial, margin.maintenance].map((amount) => cents(dollars(amount)));
        expect(found).toEqual([byHand(held, lots, naked, false), byHand(held, lots, naked, true)].map(cents));
      }),
      { numRuns: 400 },
    );
  });

  it('holds every contract and share exactly once', () => {
    fc.assert(
      fc.property(units, fc.constantFrom(0, 1, 2, -1), (held, lots) => {
        const margin = of(held, lots, true);
        const counted = new Map<string, number>();
        for (const { legs } of margin.groups)
          for (const { symbol, quantity } of legs) counted.set(symbol, (counted.get(symbol) ?? 0) + quantity);
        const expected = new Map<string, number>(lots === 0 ? [] : [['ABC', lots * 100]]);
        for (const one of held) {
          const { symbol } = contractOf(one);
          expected.set(symbol, (expected.get(symbol) ?? 0) + one.sign);
        }
        expect(counted).toEqual(expected);
      }),
    );
  });

  it('never asks less than what the positions of limited risk can lose at any expiry', () => {
    fc.assert(
      fc.property(units, fc.boolean(), (held, naked) => {
        const { groups, initial } = of(held, 0, naked);
        if (initial === null) return;
        const limited = groups.filter(({ strategy }) => !/naked|short-str/.test(strategy));
        const legs = limited.flatMap((group) =>
          group.legs.map(({ symbol, quantity }) => ({ contract: optionContract(symbol), signedRatio: quantity })),
        );
        const required = limited.reduce((sum, { requirement }) => sum + requirement, 0);
        expect(required).toBeGreaterThanOrEqual(collateralPerUnit(legs) ?? Number.POSITIVE_INFINITY);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same number with the groups told and without, and however the book came about', () => {
    fc.assert(
      fc.property(
        units,
        fc.nat(6),
        fc.constantFrom(0, 0, 1, 2, -1),
        fc.constantFrom<MarginTerms['account']>('margin', 'margin', 'cash'),
        fc.boolean(),
        (held, first, lots, account, uncovered) => {
          const terms: MarginTerms = { ...COVERED_MARGIN, account, uncovered };
          const market = marketOf(held);
          const holdings = holdingsOf(held, lots * 100);
          const { initial, maintenance, proven } = marginOf(holdings, market, terms);
          const book = bookOf('ABC', holdings);
          expect(marginOfBook(book, market, terms)).toEqual({ initial, maintenance, proven });
          // What else is held of other underlyings, and what was bought and sold again, is no part of it.
          const { options, stocks } = holdings;
          const other = { contract: optionContract('XYZ230519C00100000'), quantity: 3 };
          const later = options.slice(first);
          const again = later.map((one) => ({ ...one, quantity: -2 * one.quantity }));
          const before = bookOf('ABC', { options: [other, ...options.slice(0, first), ...again], stocks });
          expect(bookWith(before, [...later, ...later, other, ...later])).toEqual(book);
          const enough = movesWithPrices(book, terms) ? market : { price: () => null };
          expect(marginOfBook(book, enough, terms)).toEqual({ initial, maintenance, proven });
        },
      ),
      { numRuns: 400 },
    );
  });

  it('asks no more when a contract is bought', () => {
    fc.assert(
      fc.property(units, unit, fc.boolean(), (held, one, naked) => {
        const bought = { ...one, sign: 1 as const };
        const key = contractOf(bought).symbol;
        fc.pre(held.every((other) => contractOf(other).symbol !== key || other.sign === 1));
        const before = dollars(of(held, 0, naked).initial);
        expect(dollars(of([...held, bought], 0, naked).initial)).toBeLessThanOrEqual(before);
      }),
    );
  });
});
