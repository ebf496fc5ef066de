import { type MarketDate, daysBetween, isTradingError } from '@trading-agent/core';
import { type OptionRight, optionContract } from '@trading-agent/instruments';
import type { Findings, Place } from './findings.ts';

/** One contract of a chain at one instant; dollars per share, `null` where a side is not quoted. */
export interface ChainQuote {
  readonly ticker: string;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly openInterest?: number | null;
  readonly volume?: number | null;
  /** As the source states it, a decimal. */
  readonly impliedVolatility?: number | null;
}

export interface ChainAtInstant {
  readonly source: string;
  readonly date: MarketDate;
  readonly underlying: string;
  /** Dollars; `null` leaves parity unchecked. */
  readonly spot: number | null;
  readonly quotes: readonly ChainQuote[];
}

/** Prices on a penny grid, and a chain that is not taken in one instant: what a bound may be missed by. */
const CENT = 0.011;
/** Share of the underlying's price that option and stock may be apart in time. */
const ASYNCHRONY = 0.002;
/** The widest rate and dividend yield a year under which parity must still hold. */
const MAX_RATE = 0.08;
const MAX_YIELD = 0.08;
/** More open interest than any listed contract has had. */
const ABSURD_INTEREST = 20_000_000;

interface Strike {
  readonly strike: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly ticker: string;
}

/**
 * No-arbitrage bounds that hold for American and European options alike, tested between sides that could be traded: convexity and order
 * in the strike, and put-call parity as S - D - K <= C - P <= S - K exp(-rT). Adjusted contracts are left out: their deliverable is another.
 */
export function checkChain(chain: ChainAtInstant, findings: Findings): void {
  const place: Place = { source: chain.source, date: chain.date, underlying: chain.underlying };
  const sides = new Map<string, { readonly years: number; readonly call: Strike[]; readonly put: Strike[] }>();
  for (const { ticker, bid, ask, openInterest } of chain.quotes) {
    checkInterest(ticker, openInterest ?? null, place, findings);
    const contract = readContract(ticker);
    if (!contract || contract.adjusted) continue;
    const key = `${contract.root} ${contract.expiry}`;
    const days = Math.max(0, daysBetween(chain.date, contract.expiry));
    let group = sides.get(key);
    if (!group) sides.set(key, (group = { years: days / 365, call: [], put: [] }));
    group[contract.right].push({ strike: contract.strike, bid: quoted(bid), ask: quoted(ask), ticker });
  }
  for (const { years, call, put } of sides.values()) {
    for (const [right, strikes] of [
      ['call', call],
      ['put', put],
    ] as const) {
      strikes.sort((a, b) => a.strike - b.strike);
      checkStrikes(right, strikes, place, findings);
    }
    if (chain.spot !== null) checkParity(chain.spot, years, call, put, place, findings);
  }
}

function checkStrikes(right: OptionRight, strikes: readonly Strike[], place: Place, findings: Findings): void {
  for (let i = 1; i < strikes.length; i += 1) {
    const [low, high] = [strikes[i - 1], strikes[i]];
    if (!low || !high || low.strike === high.strike) continue;
    const [dear, cheap] = right === 'call' ? [low, high] : [high, low];
    if (dear.ask !== null && cheap.bid !== null) {
      findings.checked('strike-order');
      if (cheap.bid > dear.ask + CENT)
        findings.found(
          'strike-order',
          place,
          () => `${cheap.ticker} bid ${cheap.bid} above ${dear.ticker} ask ${dear.ask}`,
        );
    }
    const next = strikes[i + 1];
    if (!next || low.ask === null || next.ask === null || high.bid === null || next.strike === high.strike) continue;
    findings.checked('convexity');
    const weight = (next.strike - high.strike) / (next.strike - low.strike);
    const above = weight * low.ask + (1 - weight) * next.ask;
    if (high.bid > above + CENT)
      findings.found(
        'convexity',
        place,
        () => `${high.ticker} bid ${high.bid} above ${above.toFixed(4)} of its neighbours`,
      );
  }
}

function checkParity(
  spot: number,
  years: number,
  calls: readonly Strike[],
  puts: readonly Strike[],
  place: Place,
  findings: Findings,
): void {
  const slack = CENT + ASYNCHRONY * spot;
  const byStrike = new Map(puts.map((put) => [put.strike, put]));
  for (const call of calls) {
    const put = byStrike.get(call.strike);
    if (!put || call.bid === null || call.ask === null || put.bid === null || put.ask === null) continue;
    findings.checked('parity');
    const most = spot - call.strike * Math.exp(-MAX_RATE * years) + slack;
    const least = spot * (1 - MAX_YIELD * Math.max(years, 0.25)) - call.strike - slack;
    const dearest = call.bid - put.ask;
    const cheapest = call.ask - put.bid;
    if (dearest > most)
      findings.found(
        'parity',
        place,
        () => `${call.ticker}: call less put at least ${dearest.toFixed(2)}, at most ${most.toFixed(2)} fits ${spot}`,
      );
    else if (cheapest < least)
      findings.found(
        'parity',
        place,
        () => `${call.ticker}: call less put at most ${cheapest.toFixed(2)}, at least ${least.toFixed(2)} fits ${spot}`,
      );
  }
}

function checkInterest(ticker: string, interest: number | null, place: Place, findings: Findings): void {
  if (interest === null) return;
  findings.checked('open-interest');
  if (!Number.isInteger(interest) || interest < 0 || interest > ABSURD_INTEREST)
    findings.found('open-interest', place, () => `${ticker} ${interest}`);
}

/** From one session to the next, open interest can't change by more than what traded on the first of them. */
export function checkInterestChange(before: ChainAtInstant, after: ChainAtInstant, findings: Findings): void {
  const earlier = new Map(before.quotes.map((quote) => [quote.ticker, quote]));
  for (const { ticker, openInterest } of after.quotes) {
    const was = earlier.get(ticker);
    if (was?.openInterest == null || openInterest == null || was.volume == null) continue;
    findings.checked('open-interest-jump');
    if (Math.abs(openInterest - was.openInterest) > was.volume)
      findings.found(
        'open-interest-jump',
        { source: after.source, date: after.date, underlying: after.underlying },
        () => `${ticker} from ${was.openInterest} to ${openInterest} with ${was.volume} traded`,
      );
  }
}

function quoted(price: number | null): number | null {
  return price !== null && price > 0 ? price : null;
}

export function readContract(ticker: string): ReturnType<typeof optionContract> | undefined {
  try {
    return optionContract(ticker);
  } catch (error) {
    if (!isTradingError(error, 'INVALID_SYMBOL')) throw error;
    return undefined;
  }
}
