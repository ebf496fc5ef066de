import { AmericanChain } from '../american/american-chain.ts';
import { newChainColumns } from '../american/chain-columns.ts';
import { americanPriceColumns } from '../american/american-batch.ts';
import { americanGreeks, americanImpliedVolatility } from '../american/american-option.ts';
import {
  type DiscreteDividend,
  discreteDividendPrice,
  discreteDividendPrices,
  type DividendOption,
  DividendSlice,
  FINE_DIVIDENDS,
  type SliceTerms,
} from '../dividends/index.ts';
import {
  newGreekColumns,
  newHigherGreekColumns,
  newVolatilityColumns,
  type OptionColumns,
} from '../european/columns.ts';
import { higherGreekColumns, priceColumns } from '../european/greeks-batch.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { type Outcome, outcomeOf } from '../european/outcomes.ts';
import { absurdContracts, randomStream } from '../european/testing/random-contracts.ts';

export type Kernel = 'european' | 'american' | 'dividends';

export interface AbsurdRun {
  readonly contracts: number;
  /** Contracts with two exercise boundaries that were left out: finite differences take 10 to 50 ms over each. */
  readonly leftOut: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** What came out as NaN, infinite, below zero (a price) or as an exception; the first few. */
  readonly failures: readonly string[];
}

const MOST_FAILURES = 20;
const BLOCK = 100;
/** Of the larger of spot and strike, that the price at an implied volatility may be off; beyond what is listed, where the grids differ. */
const MOST_MISS = 2e-4;
const MOST_WIDE_MISS = 2e-2;
const LONG_YEARS = 3;
const WIDE_DEVIATION = 1.5;
/** One block in so many goes through the chain kernel too, where each contract is a whole expiry to solve. */
const CHAIN_BLOCKS = 5;

class Tally {
  readonly outcomes: Partial<Record<Outcome, number>> = {};
  readonly failures: string[] = [];

  count(outcome: Outcome): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  fail(what: string): void {
    if (this.failures.length < MOST_FAILURES) this.failures.push(what);
  }

  /** Every figure of every column finite, every price not below zero. */
  check(name: string, rows: readonly number[], columns: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const [column, values] of Object.entries(columns)) {
      rows.forEach((row, i) => {
        const value = values[i] ?? Number.NaN;
        if (!Number.isFinite(value) || (column === 'price' && value < 0)) {
          this.fail(`${name}: ${column} of contract ${row} is ${value}`);
        }
      });
    }
  }

  attempt(name: string, run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.fail(`${name}: ${String(cause)}`);
    }
  }
}

type Contracts = ReturnType<typeof absurdContracts>;

/** Exercise pays between two prices only. */
function twoBoundaries(contracts: OptionColumns, i: number): boolean {
  const rate = contracts.rate[i] ?? 0;
  const dividend = contracts.yield[i] ?? 0;
  return contracts.call[i] === 1 ? rate < dividend && dividend < 0 : dividend < rate && rate < 0;
}

function part(all: Contracts, rows: readonly number[]): Contracts {
  const of = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  const { contracts } = all;
  return {
    contracts: {
      spot: of(contracts.spot),
      strike: of(contracts.strike),
      years: of(contracts.years),
      rate: of(contracts.rate),
      yield: of(contracts.yield),
      call: Uint8Array.from(rows, (row) => contracts.call[row] ?? 0),
    },
    volatility: of(all.volatility),
    price: of(all.price),
  };
}

function european(tally: Tally, rows: readonly number[], { contracts, volatility, price }: Contracts): void {
  const first = newGreekColumns(rows.length);
  const second = newHigherGreekColumns(rows.length);
  const implied = newVolatilityColumns(rows.length);
  priceColumns(rows.length, contracts, volatility, first);
  higherGreekColumns(rows.length, contracts, volatility, second);
  impliedVolatilityColumns(rows.length, contracts, price, implied);
  tally.check('price', rows, { ...first });
  tally.check('higher greeks', rows, { ...second });
  tally.check('implied volatility', rows, { ...implied });
  for (const status of [...first.status, ...implied.status]) tally.count(outcomeOf(status));
}

function american(tally: Tally, rows: readonly number[], all: Contracts, asChain: boolean): void {
  const { contracts, volatility, price } = all;
  const out = newGreekColumns(rows.length);
  americanPriceColumns(rows.length, contracts, volatility, out);
  tally.check('American price', rows, { ...out });
  for (const status of out.status) tally.count(outcomeOf(status));
  if (asChain) chainOf(tally, rows, all);
  // The scalar search, in both modes, on one contract of the block.
  const quote = {
    spot: contracts.spot[0] ?? 0,
    strike: contracts.strike[0] ?? 0,
    years: contracts.years[0] ?? 0,
    rate: contracts.rate[0] ?? 0,
    yield: contracts.yield[0] ?? 0,
    right: contracts.call[0] === 1 ? 'call' : 'put',
    price: price[0] ?? 0,
  } as const;
  for (const mode of ['fast', 'fine'] as const) {
    const found = americanImpliedVolatility(quote, mode);
    tally.count(found.kind);
    if (found.kind === 'ok') tally.check('American search', rows.slice(0, 1), { volatility: [found.volatility] });
  }
}

/** Each contract of the block as an expiry of its own, all on the first one's spot. */
function chainOf(tally: Tally, rows: readonly number[], { contracts, price }: Contracts): void {
  const chain = newChainColumns(rows.length);
  const { years, rate, strike, call } = contracts;
  const expiry = Int32Array.from(rows, (_, i) => i);
  const quotes = { spot: contracts.spot[0] ?? 0, years, rate, yield: contracts.yield, expiry, strike, call, price };
  new AmericanChain().solve(rows.length, quotes, chain);
  tally.check('American chain', rows, { ...chain });
  for (const status of chain.status) tally.count(outcomeOf(status));
}

/** Dividends within, at and beyond the life of the option; one in five figures is absurd. */
function absurdDividends(next: () => number, years: number, spot: number): readonly DiscreteDividend[] {
  const strange = [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 1];
  const either = (plain: number): number =>
    next() < 0.2 ? (strange[Math.floor(next() * strange.length)] ?? 0) : plain;
  return Array.from({ length: Math.floor(4 * next()) }, () => ({
    years: either(1.2 * years * next()),
    cash: either(next() < 0.1 ? spot * next() : 0.02 * spot * next()),
    proportion: either(next() < 0.8 ? 0 : 0.1 * next()),
  }));
}

/** The quotes from the `i`th contract on as an expiry of their own; a volatility is only told when it gives the price again. */
function sliceOf(
  tally: Tally,
  rows: readonly number[],
  i: number,
  terms: SliceTerms,
  spot: number,
  { contracts, volatility, price }: Contracts,
): void {
  const count = rows.length;
  const out = newChainColumns(count);
  const of = (values: Float64Array): Float64Array => values.subarray(i, i + count);
  const call = contracts.call.subarray(i, i + count);
  new DividendSlice(terms, spot).implied(count, spot, of(contracts.strike), call, of(price), of(volatility), out);
  tally.check('dividend chain', rows, { ...out });
  for (let k = 0; k < count; k += 1) {
    const outcome = outcomeOf(out.status[k] ?? 0);
    tally.count(outcome);
    if (outcome !== 'ok') continue;
    const right = call[k] === 1 ? 'call' : 'put';
    const strike = contracts.strike[i + k] ?? 0;
    const told = { ...terms, spot, strike, volatility: out.volatility[k] ?? 0, right, exercise: 'american' } as const;
    // Where nothing is paid before expiry collocation answers, at deviations and amounts that no grid carries.
    const paid = terms.dividends.some(
      (one) => one.years > 0 && one.years < terms.years && one.cash + one.proportion > 0,
    );
    const again = paid ? discreteDividendPrice(told, FINE_DIVIDENDS) : americanGreeks(told);
    if (('kind' in again ? again.kind : again.outcome) === 'no-quote') continue;
    const miss = Math.abs(again.price - (price[i + k] ?? 0));
    const wide = told.volatility * Math.sqrt(terms.years) > WIDE_DEVIATION || terms.years > LONG_YEARS;
    const most = wide ? MOST_WIDE_MISS : MOST_MISS;
    if (!(miss < most * Math.max(spot, strike)))
      tally.fail(`dividend chain of ${count}: ${JSON.stringify(told)} misses by ${miss}`);
  }
}

const SPOTS = 8;
const spots = new Float64Array(SPOTS);
const worths = new Float64Array(SPOTS);

/** One grid at prices of the underlying about the contract's own: as the contract alone at the last of them. */
function gridOf(tally: Tally, row: number, option: DividendOption): void {
  for (let k = 0; k < SPOTS; k += 1) spots[k] = option.spot * (1 + 0.02 * k);
  if (!discreteDividendPrices(option, SPOTS, spots, worths)) return;
  tally.check('dividend grid', [...worths.keys()], { price: worths });
  const spot = spots[SPOTS - 1] ?? 0;
  const alone = discreteDividendPrice({ ...option, spot });
  if (alone.kind === 'no-quote') return;
  const miss = Math.abs((worths[SPOTS - 1] ?? 0) - alone.price);
  // At a rate of -50 a bond is worth e^50 of its face: what the last bits of that are is no miss.
  if (!(miss < MOST_WIDE_MISS * Math.max(spot, option.strike, alone.price)))
    tally.fail(`dividend grid of contract ${row}: ${JSON.stringify({ ...option, spot })} misses by ${miss}`);
}

function dividends(tally: Tally, rows: readonly number[], all: Contracts, next: () => number): void {
  const { contracts, volatility } = all;
  rows.forEach((row, i) => {
    const years = contracts.years[i] ?? 0;
    const spot = contracts.spot[i] ?? 0;
    const terms = {
      years,
      rate: contracts.rate[i] ?? 0,
      yield: contracts.yield[i] ?? 0,
      dividends: absurdDividends(next, years, spot),
    };
    const option = {
      ...terms,
      spot,
      strike: contracts.strike[i] ?? 0,
      volatility: volatility[i] ?? 0,
      right: contracts.call[i] === 1 ? 'call' : 'put',
      exercise: next() < 0.8 ? 'american' : 'european',
    } as const;
    const { kind, ...figures } = discreteDividendPrice(option);
    tally.count(kind);
    tally.check(
      'dividend price',
      [row],
      Object.fromEntries(Object.entries(figures).map(([name, one]) => [name, [one]])),
    );
    if (i % 10 === 3) gridOf(tally, row, option);
    if (i % 10 === 0) sliceOf(tally, rows.slice(i, i + 1), i, terms, spot, all);
    // More quotes than are solved one by one: a lattice. Strikes and prices of other contracts, so that most do not fit.
    else if (i % 10 === 5) sliceOf(tally, rows.slice(i, i + 4), i, terms, spot, all);
  });
}

/**
 * `count` random contracts, every fifth figure absurd (see `absurdContracts`), through every door of a kernel. `twoBoundariesEvery`: one in
 * so many of the contracts with two exercise boundaries is kept, 0 keeps none.
 */
export function absurdRun(
  kernel: Kernel,
  options: { readonly count: number; readonly seed: number; readonly twoBoundariesEvery: number },
  progress: (done: number) => void = () => undefined,
): AbsurdRun {
  const tally = new Tally();
  const next = randomStream(options.seed + 1);
  let leftOut = 0;
  let contracts = 0;
  let seen = 0;
  const blocks = Math.ceil(options.count / BLOCK);
  for (let block = 0; block < blocks; block += 1) {
    const size = Math.min(BLOCK, options.count - block * BLOCK);
    const all = absurdContracts(size, options.seed * 7919 + block * 2 + 1);
    const rows = Array.from({ length: size }, (_, i) => i).filter((i) => {
      if (kernel === 'european' || !twoBoundaries(all.contracts, i)) return true;
      seen += 1;
      if (options.twoBoundariesEvery > 0 && seen % options.twoBoundariesEvery === 0) return true;
      leftOut += 1;
      return false;
    });
    contracts += rows.length;
    const some = part(all, rows);
    const named = rows.map((row) => block * BLOCK + row);
    tally.attempt(`block ${block}`, () => {
      if (kernel === 'european') european(tally, named, some);
      else if (kernel === 'american') american(tally, named, some, block % CHAIN_BLOCKS === 0);
      else dividends(tally, named, some, next);
    });
    progress(block * BLOCK + size);
  }
  return { contracts, leftOut, outcomes: tally.outcomes, failures: tally.failures };
}
