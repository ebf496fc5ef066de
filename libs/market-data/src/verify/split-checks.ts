import { sessionsBetween } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import { underlyingOf } from '../coverage/archive.ts';
import type { Split } from '../reference/corporate-actions.ts';
import { type ChainAtInstant, readContract } from './chain-checks.ts';
import type { Findings } from './findings.ts';
import type { DayPass } from './row-checks.ts';

/** How the contracts of an underlying went over a split. */
export interface SplitDay {
  readonly symbol: string;
  readonly date: MarketDate;
  /** New shares per old one. */
  readonly ratio: number;
  /** Contracts of the session before that live beyond the split, by the strikes they then had. */
  readonly before: number;
  /** Of them: found on the split's day under strike / ratio, rounded to cents. */
  readonly adjusted: number;
  /** Of them: still found under the old strike. */
  readonly unadjusted: number;
}

/** Compares the contracts of a split's day with those of the session before. */
export function checkSplit(
  split: Split,
  passes: readonly DayPass[],
  earlier: readonly DayPass[] | undefined,
  findings: Findings,
): readonly SplitDay[] {
  const { symbol, date } = split;
  const ratio = split.to / split.from;
  checkSplitPrices(split, ratio, passes, earlier, findings);
  const now = tickersOf(passes, symbol);
  if (now.size === 0 || !earlier) return [];
  let before = 0;
  let adjusted = 0;
  let unadjusted = 0;
  for (const ticker of tickersOf(earlier, symbol)) {
    const contract = readContract(ticker);
    if (!contract || contract.adjusted || contract.multiplier !== 100 || contract.expiry <= date) continue;
    before += 1;
    findings.checked('split-strikes');
    if (now.has(rescaled(ticker, contract.strike, ratio))) adjusted += 1;
    // A new strike that is a seventh of another old one may carry an old name: only what stands alone is left over.
    else if (now.has(ticker)) {
      unadjusted += 1;
      findings.found(
        'split-strikes',
        { source: 'us_options_opra', date, underlying: symbol },
        () => `${ticker} still has its old strike`,
      );
    }
  }
  return [{ symbol, date, ratio, before, adjusted, unadjusted }];
}

function rescaled(ticker: string, strike: number, ratio: number): string {
  return `${ticker.slice(0, -8)}${String(Math.round((strike / ratio) * 100) * 10).padStart(8, '0')}`;
}

function checkSplitPrices(
  { symbol, date }: Split,
  ratio: number,
  passes: readonly DayPass[],
  earlier: readonly DayPass[] | undefined,
  findings: Findings,
): void {
  const last = earlier?.find(({ feed, closes }) => feed.asset === 'stocks' && closes.has(symbol))?.closes.get(symbol);
  if (last === undefined) return;
  const expected = last / ratio;
  for (const { feed, totals } of passes.filter((pass) => pass.feed.asset === 'stocks')) {
    const bars = totals.get(symbol);
    if (!bars) continue;
    findings.checked('split-price');
    const [low, high] = [bars.low / expected, bars.high / expected];
    if (low < 0.5 || high > 2)
      findings.found(
        'split-price',
        { source: feed.name, date, underlying: symbol },
        () =>
          `prices from ${bars.low} to ${bars.high} where ${expected.toFixed(2)} is the close before over ${ratio}: some rows are not split`,
      );
  }
}

/**
 * On a split's day the open interest of the night before may still be told under the old strikes: contracts with interest and without a
 * quote whose rescaled strike is quoted, in the chain itself or in `quoted`.
 */
export function checkSplitInterest(
  chain: ChainAtInstant,
  splits: readonly Split[],
  quoted: ReadonlySet<string>,
  findings: Findings,
): void {
  const split = splits.find(({ symbol, date }) => symbol === chain.underlying && date === chain.date);
  if (!split) return;
  const ratio = split.to / split.from;
  const alive = new Set(
    chain.quotes.filter(({ bid, ask }) => (bid ?? 0) > 0 || (ask ?? 0) > 0).map(({ ticker }) => ticker),
  );
  const isQuoted = (ticker: string): boolean => alive.has(ticker) || quoted.has(ticker);
  for (const { ticker, openInterest } of chain.quotes) {
    const contract = readContract(ticker);
    if (openInterest == null || !contract || contract.adjusted) continue;
    findings.checked('split-interest');
    const under = rescaled(ticker, contract.strike, ratio);
    if (!isQuoted(ticker) && isQuoted(under))
      findings.found(
        'split-interest',
        { source: chain.source, date: chain.date, underlying: chain.underlying },
        () => `${ticker} has the interest ${openInterest}, ${under} the quotes: keyed by the old strike`,
      );
  }
}

/** Sessions before a split in which no contract can have a strike of after it. */
const SESSIONS_BEFORE = 5;
/** Share of the contracts that are of after the split before that is more than a leftover of an earlier one. */
const LEAST_SHARE = 0.02;

/**
 * A list of contracts that names strikes of after a split on a day before it was made later (or looks ahead): strikes off the grid of half
 * dollars that are strikes of the grid divided by the ratio.
 */
export function checkStrikesBeforeSplit(
  place: { readonly source: string; readonly date: MarketDate; readonly underlying: string },
  tickers: Iterable<string>,
  splits: readonly Split[],
  findings: Findings,
): void {
  const split = splits.find(
    ({ symbol, date }) =>
      symbol === place.underlying &&
      date > place.date &&
      sessionsBetween(place.date, date).length - 1 <= SESSIONS_BEFORE,
  );
  if (!split) return;
  const ratio = split.to / split.from;
  const early: string[] = [];
  let contracts = 0;
  for (const ticker of tickers) {
    const contract = readContract(ticker);
    if (!contract || contract.adjusted) continue;
    contracts += 1;
    const old = Math.round(contract.strike * ratio * 2) / 2;
    if (
      !Number.isInteger(contract.strike * 2) &&
      Math.abs(Math.round((old / ratio) * 100) / 100 - contract.strike) < 1e-9
    )
      early.push(ticker);
  }
  findings.checked('strikes-before-split', contracts);
  if (early.length > 0 && early.length >= LEAST_SHARE * contracts)
    findings.found(
      'strikes-before-split',
      place,
      () => `${early[0] ?? ''} has a strike of after the split of ${split.date}: made later than it says`,
      early.length,
    );
}

/** Tickers of option contracts that an underlying has in these feeds. */
export function tickersOf(passes: readonly DayPass[], underlying: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { feed, totals, quotes } of passes) {
    if (feed.asset !== 'options') continue;
    for (const ticker of [...totals.keys(), ...quotes.keys()])
      if (underlyingOf('options', ticker) === underlying) found.add(ticker);
  }
  return found;
}
