import { nyTime } from '@trading-agent/calendar';
import { type MarketDate, type Micros, TradingError } from '@trading-agent/core';
import { OptionChain, type OptionContract } from '@trading-agent/instruments';
import { type MarketDay, QuoteBook } from '@trading-agent/market-data';
import {
  type ArbitrageFinding,
  type ExpirySmile,
  type OptionFigures,
  SurfaceFitter,
  type SurfaceSlice,
  expiryInstant,
  figuresAtPrice,
  impliedYield,
  quoteWeight,
  yearsBetween,
} from '@trading-agent/pricing';

/** One contract as quoted, with what its mid-price implies. */
export interface ChainRow extends OptionFigures {
  readonly contract: OptionContract;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly mid: number | null;
}

export interface ChainExpiry {
  readonly expiry: MarketDate;
  readonly years: number;
  readonly forward: number;
  /** Continuous yield at which calls and puts agree; 0 when no strike near the money has both. */
  readonly yield: number;
  readonly rows: readonly ChainRow[];
  readonly smile: SurfaceSlice | null;
}

export interface ChainSnapshot {
  readonly symbol: string;
  readonly at: Micros;
  /** New York time of day. */
  readonly time: string;
  readonly spot: number;
  readonly rate: number;
  readonly expiries: readonly ChainExpiry[];
  readonly arbitrage: readonly ArbitrageFinding[];
}

/**
 * The chain of `symbol` as it was known at `at`: each side of a quote as last seen, volatilities and greeks of the mid-price.
 * @throws {TradingError} `DATA_DAY_MISSING` when nothing of the underlying or of its options was known by then.
 */
export function chainSnapshot(day: MarketDay, symbol: string, at: Micros, rate: number): ChainSnapshot {
  const book = new QuoteBook();
  let spot: number | null = null;
  for (const step of day.steps) {
    if (step.at > at) break;
    for (const quote of step.quotes) book.apply(quote);
    for (const bar of step.bars) if (bar.symbol === symbol || bar.symbol === `I:${symbol}`) spot = bar.close;
  }
  spot ??= book.mark(symbol);
  const time = nyTime(at);
  if (spot === null)
    throw new TradingError('DATA_DAY_MISSING', `There is no price of ${symbol} on ${day.date} up to ${time} New York`, {
      hint: 'Give a later time with --at, or another day.',
    });
  const contracts = day.contracts.filter((contract) => contract.underlying === symbol);
  const chain = new OptionChain(symbol, contracts);
  const seen: ChainExpiry[] = [];
  for (const expiry of chain.expiries()) {
    const quoted = chain.contracts(expiry).filter((contract) => book.entry(contract.symbol) !== undefined);
    // Two roots may share a date and expire at different hours.
    for (const settles of ['am', 'pm'] as const) {
      const listed = quoted.filter((contract) => contract.settles === settles);
      if (listed.length > 0) seen.push(expirySnapshot(expiry, settles, listed, book, { spot, at, rate }));
    }
  }
  if (seen.length === 0)
    throw new TradingError(
      'DATA_DAY_MISSING',
      `No option of ${symbol} was quoted on ${day.date} up to ${time} New York`,
      {
        hint: 'Give a later time with --at, or another day.',
      },
    );
  const { slices, findings } = new SurfaceFitter().fit(seen.flatMap((expiry) => smileOf(expiry)));
  const expiries = seen.map((expiry) => ({
    ...expiry,
    smile: slices.find((slice) => slice.years === expiry.years) ?? null,
  }));
  return { symbol, at, time, spot, rate, expiries, arbitrage: findings };
}

function expirySnapshot(
  expiry: MarketDate,
  settles: 'am' | 'pm',
  contracts: readonly OptionContract[],
  book: QuoteBook,
  { spot, at, rate }: { readonly spot: number; readonly at: Micros; readonly rate: number },
): ChainExpiry {
  const years = yearsBetween(at, expiryInstant({ expiry, settles, root: contracts[0]?.root ?? '' }));
  const quoted = contracts.map((contract) => {
    const entry = book.entry(contract.symbol);
    return { contract, bid: entry?.bid ?? null, ask: entry?.ask ?? null, mid: book.mark(contract.symbol) };
  });
  const byStrike = Map.groupBy(quoted, ({ contract }) => contract.strike);
  const pairs = [...byStrike].map(([strike, both]) => ({
    strike,
    call: both.find(({ contract }) => contract.right === 'call')?.mid ?? null,
    put: both.find(({ contract }) => contract.right === 'put')?.mid ?? null,
  }));
  const style = contracts[0]?.style ?? 'american';
  const dividendYield = impliedYield({ spot, years, rate, style, pairs }) ?? 0;
  const figures = figuresAtPrice(
    contracts.map((contract) => ({
      spot,
      strike: contract.strike,
      years,
      rate,
      yield: dividendYield,
      right: contract.right,
      style: contract.style,
    })),
    quoted.map(({ mid }) => mid),
  );
  return {
    expiry,
    years,
    forward: spot * Math.exp((rate - dividendYield) * years),
    yield: dividendYield,
    rows: quoted.map((row, i) => ({
      ...row,
      ...(figures[i] ?? { outcome: 'no-quote' as const, volatility: null, greeks: null }),
    })),
    smile: null,
  };
}

/** Out-of-the-money options, which carry the smile, weighted by vega and spread. */
function smileOf({ years, forward, rows }: ChainExpiry): ExpirySmile[] {
  const used = rows.filter(({ contract, volatility }) => {
    return volatility !== null && (contract.right === 'call') === contract.strike >= forward;
  });
  if (used.length === 0 || !(years > 0)) return [];
  return [
    {
      years,
      forward,
      strikes: Float64Array.from(used, ({ contract }) => contract.strike),
      volatilities: Float64Array.from(used, ({ volatility }) => volatility ?? 0),
      weights: Float64Array.from(used, ({ greeks, bid, ask }) =>
        quoteWeight(greeks?.vega ?? 0, (ask ?? 0) - (bid ?? 0)),
      ),
    },
  ];
}
