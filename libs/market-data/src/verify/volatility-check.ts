import { daysBetween } from '@trading-agent/core';
import { impliedVolatility } from '@trading-agent/pricing';
import { type ChainAtInstant, type ChainQuote, readContract } from './chain-checks.ts';
import type { Findings } from './findings.ts';

/** Near the money and beyond the last days every model agrees to a point of volatility or two; a median this far off is no matter of models. */
const USABLE = 0.1;
const NEAR = 0.1;
const LEAST_DAYS = 7;
/** Widest spread, as a share of the mid. */
const WIDEST = 0.2;
const LEAST_CONTRACTS = 10;

interface Pair {
  readonly strike: number;
  call?: { readonly mid: number; readonly stated: number | null };
  put?: { readonly mid: number; readonly stated: number | null };
}

/**
 * Compares the volatilities that a source states with those of its own quotes: of calls and puts within 10 % of the forward that parity at the
 * nearest strike gives, undiscounted. A source whose median is off by more than 0.1 can't be used for volatility or greeks.
 */
export function checkStatedVolatility(chain: ChainAtInstant, findings: Findings): void {
  if (chain.spot === null) return;
  const differences: number[] = [];
  for (const [days, pairs] of expiries(chain)) {
    const forward = forwardOf([...pairs.values()], chain.spot);
    if (forward === undefined) continue;
    for (const { strike, call, put } of pairs.values()) {
      if (Math.abs(Math.log(strike / forward)) > NEAR) continue;
      for (const [right, side] of [['call', call] as const, ['put', put] as const]) {
        if (side?.stated == null) continue;
        const terms = { spot: forward, strike, years: days / 365, rate: 0, yield: 0, right };
        const own = impliedVolatility({ ...terms, price: side.mid });
        if (own.kind === 'ok') differences.push(Math.abs(own.volatility - side.stated));
      }
    }
  }
  if (differences.length < LEAST_CONTRACTS) return;
  findings.checked('vendor-volatility', differences.length);
  const median = differences.sort((a, b) => a - b)[differences.length >> 1] ?? 0;
  if (median > USABLE)
    findings.found(
      'vendor-volatility',
      { source: chain.source, date: chain.date, underlying: chain.underlying },
      () => `median difference ${median.toFixed(3)} from the quotes' own volatility: not usable, nor greeks from it`,
      differences.filter((difference) => difference > USABLE).length,
    );
}

function expiries(chain: ChainAtInstant): ReadonlyMap<number, ReadonlyMap<number, Pair>> {
  const byDays = new Map<number, Map<number, Pair>>();
  for (const quote of chain.quotes) {
    const contract = readContract(quote.ticker);
    const mid = tightMid(quote);
    if (!contract || contract.adjusted || mid === undefined) continue;
    const days = daysBetween(chain.date, contract.expiry);
    if (days < LEAST_DAYS) continue;
    const pairs = byDays.get(days) ?? new Map<number, Pair>();
    byDays.set(days, pairs);
    const pair: Pair = pairs.get(contract.strike) ?? { strike: contract.strike };
    pairs.set(contract.strike, pair);
    pair[contract.right] ??= { mid, stated: quote.impliedVolatility ?? null };
  }
  return byDays;
}

function tightMid({ bid, ask }: ChainQuote): number | undefined {
  if (bid === null || ask === null || bid <= 0 || ask < bid) return undefined;
  const mid = (bid + ask) / 2;
  return ask - bid <= WIDEST * mid ? mid : undefined;
}

function forwardOf(pairs: readonly Pair[], spot: number): number | undefined {
  let best: { readonly off: number; readonly forward: number } | undefined;
  for (const { strike, call, put } of pairs) {
    if (!call || !put) continue;
    const off = Math.abs(Math.log(strike / spot));
    if (off <= NEAR && (best === undefined || off < best.off)) best = { off, forward: strike + call.mid - put.mid };
  }
  return best?.forward;
}
