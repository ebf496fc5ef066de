import type { OptionContract } from '@trading-agent/instruments';
import type { Series } from './book.ts';
import {
  cashSecured,
  collarRequirement,
  coveredRequirement,
  protectedRequirement,
  type Requirement,
  reverseConversionRequirement,
  stockRequirement,
  uncoveredBase,
  uncoveredRequirement,
} from './formulas.ts';
import type { MarginMarket, MarginTerms } from './terms.ts';

/** One way in which one contract of each of its `series` can be margined; the rules of the strategies are those of `formulas`. */
export interface Use {
  readonly strategy:
    | 'long-option'
    | 'naked-call'
    | 'naked-put'
    | 'cash-secured-put'
    | 'short-straddle'
    | 'short-strangle'
    | 'covered-call'
    | 'covered-put'
    | 'protective-put'
    | 'protective-call'
    | 'collar'
    | 'conversion'
    | 'reverse-conversion';
  /** Indexes of the series, one contract each. */
  readonly series: readonly number[];
  /** Shares that it binds, negative when short stock is bound. */
  readonly shares: number;
  /** The requirement of all of it, its stock included. */
  readonly requirement: Requirement;
}

/** Dollars per share; `null` when there is no price that could be one. */
export function priceIn(market: MarginMarket, symbol: string): number | null {
  const found = market.price(symbol);
  return found !== null && Number.isFinite(found) && found >= 0 ? found : null;
}

/** Every use of single contracts, of pairs and of contracts with stock that the terms allow. Spreads are not among them: they have no fixed size. */
export function usesOf(
  all: readonly Series[],
  spot: number | null,
  shares: number,
  market: MarginMarket,
  terms: MarginTerms,
): readonly Use[] {
  const uses: Use[] = [];
  const uncovered = terms.account === 'margin' && terms.uncovered;
  for (let index = 0; index < all.length; index++) {
    const series = all[index];
    if (series === undefined) continue;
    const { contract, quantity } = series;
    if (quantity > 0) uses.push(alone('long-option', index, 0));
    else {
      if (uncovered && spot !== null) uses.push(...nakedShort(contract, index, spot, market, terms));
      // What an adjusted put obliges to buy is not `multiplier` shares at the strike, but the money is.
      if (contract.right === 'put') uses.push(alone('cash-secured-put', index, cashSecured(contract)));
    }
  }
  if (uncovered && spot !== null) uses.push(...shortPairs(all, spot, market, terms));
  if (spot !== null && shares !== 0) uses.push(...withStock(all, spot, shares, terms));
  return uses;
}

function alone(strategy: Use['strategy'], index: number, requirement: number): Use {
  return { strategy, series: [index], shares: 0, requirement: both(requirement) };
}

function both(requirement: number): Requirement {
  const amount = requirement as Requirement['initial'];
  return { initial: amount, maintenance: amount };
}

function nakedShort(
  contract: OptionContract,
  index: number,
  spot: number,
  market: MarginMarket,
  terms: MarginTerms,
): Use[] {
  const price = priceIn(market, contract.symbol);
  if (price === null) return [];
  const facts = terms.underlying(contract.underlying);
  const requirement = uncoveredRequirement(contract, price, spot, facts, terms.rates);
  return [alone(contract.right === 'call' ? 'naked-call' : 'naked-put', index, requirement)];
}

/**
 * A short call and a short put, both uncovered: the greater requirement, and the market value of the other. FINRA Rule 4210(f)(2)(H), short
 * put and short call; Cboe margin manual "Short Put and Short Call".
 */
function shortPairs(all: readonly Series[], spot: number, market: MarginMarket, terms: MarginTerms): Use[] {
  const uses: Use[] = [];
  const indexed = [...all.entries()].flatMap(([index, { contract, quantity }]) => {
    const price = quantity < 0 ? priceIn(market, contract.symbol) : null;
    if (price === null) return [];
    const facts = terms.underlying(contract.underlying);
    const requirement = uncoveredRequirement(contract, price, spot, facts, terms.rates);
    return [{ index, contract, requirement, value: requirement - uncoveredBase(contract, spot, facts, terms.rates) }];
  });
  for (const call of indexed) {
    if (call.contract.right !== 'call') continue;
    for (const put of indexed) {
      if (put.contract.right !== 'put' || put.contract.multiplier !== call.contract.multiplier) continue;
      const [greater, lesser] = call.requirement >= put.requirement ? [call, put] : [put, call];
      const straddle = call.contract.strike === put.contract.strike && call.contract.expiry === put.contract.expiry;
      uses.push({
        strategy: straddle ? 'short-straddle' : 'short-strangle',
        series: [call.index, put.index],
        shares: 0,
        requirement: both(greater.requirement + lesser.value),
      });
    }
  }
  return uses;
}

/** Long stock covers calls sold and is protected by puts bought; short stock the other way round. */
function withStock(all: readonly Series[], spot: number, shares: number, terms: MarginTerms): Use[] {
  const uses: Use[] = [];
  const covers = shares > 0 ? 'call' : 'put';
  const deliverable = [...all.entries()].filter(
    ([, { contract }]) =>
      !contract.adjusted && contract.settlement === 'physical' && contract.multiplier <= Math.abs(shares),
  );
  for (const [index, { contract, quantity }] of deliverable) {
    const bound = shares > 0 ? contract.multiplier : -contract.multiplier;
    if (quantity < 0 && contract.right === covers) {
      const strategy = covers === 'call' ? 'covered-call' : 'covered-put';
      uses.push({ strategy, series: [index], shares: bound, requirement: coveredRequirement(contract, spot, terms) });
    } else if (quantity > 0 && contract.right !== covers) {
      const strategy = covers === 'call' ? 'protective-put' : 'protective-call';
      uses.push({ strategy, series: [index], shares: bound, requirement: protectedRequirement(contract, spot, terms) });
    }
  }
  for (const [longIndex, long] of deliverable) {
    if (long.quantity < 0 || long.contract.right === covers) continue;
    for (const [shortIndex, short] of deliverable) {
      if (short.quantity > 0 || short.contract.right !== covers || !samePackage(long.contract, short.contract))
        continue;
      const use = shares > 0 ? collar(long.contract, short.contract, spot, terms) : reverse(long, short, spot, terms);
      if (use !== null) uses.push({ ...use, series: [longIndex, shortIndex] });
    }
  }
  return uses;
}

function samePackage(a: OptionContract, b: OptionContract): boolean {
  return a.expiry === b.expiry && a.settles === b.settles && a.multiplier === b.multiplier;
}

function collar(
  put: OptionContract,
  call: OptionContract,
  spot: number,
  terms: MarginTerms,
): Omit<Use, 'series'> | null {
  if (put.strike > call.strike) return null;
  return {
    strategy: put.strike === call.strike ? 'conversion' : 'collar',
    shares: call.multiplier,
    requirement: collarRequirement(put, call, spot, terms),
  };
}

function reverse(call: Series, put: Series, spot: number, terms: MarginTerms): Omit<Use, 'series'> | null {
  if (put.contract.strike !== call.contract.strike) return null;
  return {
    strategy: 'reverse-conversion',
    shares: -put.contract.multiplier,
    requirement: reverseConversionRequirement(call.contract, put.contract, spot, terms),
  };
}

/** What the use adds to the requirement of the stock by itself; this is what a search for the cheapest grouping compares. */
export function addedBy(use: Use, objective: keyof Requirement, spot: number | null, terms: MarginTerms): number {
  if (use.shares === 0) return use.requirement[objective];
  return use.requirement[objective] - stockRequirement(spot ?? 0, use.shares, terms)[objective];
}
