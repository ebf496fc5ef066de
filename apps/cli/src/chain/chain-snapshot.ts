import { nyTime } from '@trading-agent/calendar';
import { type MarketDate, type Micros, TradingError } from '@trading-agent/core';
import { OptionChain, type OptionContract } from '@trading-agent/instruments';
import { type BookEntry, type MarketDay, QuoteBook } from '@trading-agent/market-data';
import {
  type ExpiryInputs,
  type ExpirySmile,
  type OptionFigures,
  type ParityPair,
  quoteWeight,
  SurfaceFitter,
  type SurfaceSlice,
  type UnderlyingPricer,
  type VolatilitySurface,
} from '@trading-agent/pricing';

/** One contract as quoted, with what its mid-price implies. */
export interface ChainRow extends OptionFigures {
  readonly contract: OptionContract;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly mid: number | null;
}

/** A series: SPX and SPXW of one date are two, which end at different hours. */
export interface ChainExpiry {
  readonly expiry: MarketDate;
  readonly settles: 'am' | 'pm';
  readonly style: 'american' | 'european';
  /** What it is priced with, and where that comes from. */
  readonly inputs: ExpiryInputs;
  readonly rows: readonly ChainRow[];
  readonly smile: SurfaceSlice | null;
}

/** As people are told it: the date, and AM where it is settled at the opening prices. */
export function seriesName({ expiry, settles }: Pick<ChainExpiry, 'expiry' | 'settles'>): string {
  return settles === 'am' ? `${expiry} AM` : expiry;
}

export interface ChainSnapshot {
  readonly symbol: string;
  readonly at: Micros;
  /** New York time of day. */
  readonly time: string;
  readonly spot: number;
  readonly expiries: readonly ChainExpiry[];
  /** The fitted smiles of all expiries that have one. */
  readonly surface: VolatilitySurface;
}

/**
 * The chain of `symbol` as it was known at `at`: each side of a quote as last seen, volatilities and greeks of the mid-price. `given`: price of the
 * underlying, dollars, instead of the data's.
 * @throws {TradingError} `DATA_DAY_MISSING` when nothing of the underlying or of its options was known by then.
 */
export function chainSnapshot(
  day: MarketDay,
  symbol: string,
  at: Micros,
  pricer: UnderlyingPricer,
  given?: number,
): ChainSnapshot {
  const book = new QuoteBook();
  let traded: number | null = null;
  for (const step of day.steps) {
    if (step.at > at) break;
    for (const quote of step.quotes) book.apply(quote);
    for (const bar of step.bars) if (bar.symbol === symbol || bar.symbol === `I:${symbol}`) traded = bar.close;
  }
  const spot = given ?? traded ?? book.mark(symbol);
  const time = nyTime(at);
  if (spot === null)
    throw new TradingError('DATA_DAY_MISSING', `There is no price of ${symbol} on ${day.date} up to ${time} New York`, {
      hint: 'Give a later time with --at, another day, or the price itself with --spot.',
    });
  const contracts = day.contracts.filter((contract) => contract.underlying === symbol);
  const chain = new OptionChain(symbol, contracts);
  const seen: ChainExpiry[] = [];
  for (const expiry of chain.expiries()) {
    // Of two series of a date the one that ends first comes first.
    for (const { contracts: listed } of chain.series(expiry).toReversed()) {
      const quoted = listed.filter((contract) => book.entry(contract.symbol) !== undefined);
      if (quoted.length > 0) seen.push(expirySnapshot(quoted, book, { spot, at, pricer }));
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
  const surface = new SurfaceFitter().fit(seen.flatMap((expiry) => smileOf(expiry)));
  const expiries = seen.map((expiry) => ({
    ...expiry,
    smile: surface.slices.find((slice) => slice.years === expiry.inputs.years) ?? null,
  }));
  return { symbol, at, time, spot, expiries, surface };
}

/** `contracts` of one series. */
function expirySnapshot(
  contracts: readonly OptionContract[],
  book: QuoteBook,
  { spot, at, pricer }: { readonly spot: number; readonly at: Micros; readonly pricer: UnderlyingPricer },
): ChainExpiry {
  const [first] = contracts;
  if (first === undefined) throw new TradingError('INTERNAL', 'An expiry without contracts was asked for');
  const quoted = contracts.map((contract) => {
    const { bid, ask } = sidesOf(book.entry(contract.symbol));
    return { contract, bid, ask, mid: bid === null || ask === null ? null : book.mark(contract.symbol) };
  });
  const { expiry, root, settles, style } = first;
  const priced = pricer.expiry({ expiry, root, settles, style, at, spot, pairs: () => pairsOf(quoted) });
  const figures = priced.figures(
    contracts,
    quoted.map(({ mid }) => mid),
  );
  return {
    expiry,
    settles,
    style,
    inputs: priced.inputs,
    rows: quoted.map((row, i) => ({
      ...row,
      ...(figures[i] ?? { outcome: 'no-quote' as const, volatility: null, greeks: null }),
    })),
    smile: null,
  };
}

/** Each side as last seen; one that the other has overtaken since is none. */
function sidesOf(entry: BookEntry | undefined): { readonly bid: number | null; readonly ask: number | null } {
  const { bid = null, ask = null, bidAt, askAt } = entry ?? {};
  if (bid === null || ask === null || bid <= ask || bidAt === askAt) return { bid, ask };
  return (bidAt ?? 0) > (askAt ?? 0) ? { bid, ask: null } : { bid: null, ask };
}

/** Strikes on which call and put have both sides. */
function pairsOf(quoted: readonly Pick<ChainRow, 'contract' | 'bid' | 'ask'>[]): readonly ParityPair[] {
  const puts = new Map(quoted.flatMap((one) => (one.contract.right === 'put' ? [[one.contract.strike, one]] : [])));
  return quoted.flatMap(({ contract: { right, strike }, bid, ask }) => {
    const put = right === 'call' ? puts.get(strike) : undefined;
    if (put === undefined || bid === null || ask === null || put.bid === null || put.ask === null) return [];
    return [{ strike, callBid: bid, callAsk: ask, putBid: put.bid, putAsk: put.ask }];
  });
}

/** Out-of-the-money options, which carry the smile, weighted by vega and spread. */
function smileOf({ inputs: { years, forward }, rows }: ChainExpiry): ExpirySmile[] {
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
