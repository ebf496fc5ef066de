import type { MarketDate } from '@trading-agent/core';
import {
  modelFreeVariance,
  type StrikeQuotes,
  surfaceVolatility,
  volatilityAtDelta,
  volatilityIndex,
} from '@trading-agent/pricing';
import type { ChainExpiry, ChainRow, ChainSnapshot } from './chain-snapshot.ts';

/** What one expiry says in a line; decimal volatilities, `null` where its quotes do not tell. */
export interface TermFigures {
  readonly expiry: MarketDate;
  readonly settles: ChainExpiry['settles'];
  readonly days: number;
  readonly forward: number;
  readonly atTheMoney: number | null;
  /** Where a put's and a call's forward delta is 0.25. */
  readonly put25: number | null;
  readonly call25: number | null;
  /** Square root of the model-free variance by the exchange's VIX recipe, of the options with a bid. */
  readonly modelFree: number | null;
}

export interface TermStructure {
  readonly expiries: readonly TermFigures[];
  /** At thirty days: at the money on the surface, and by the VIX recipe from the expiries to both sides. */
  readonly thirtyDays: { readonly atTheMoney: number | null; readonly index: number | null };
}

const DAYS = 365;
const MINUTES_PER_DAY = 1_440;
const THIRTY_DAYS = 30 / DAYS;
/** The recipe's own rule: an expiry of the last week is left out (Cboe's white paper). */
const LEAST_DAYS = 7;

/** The chain's volatilities by expiry, from its fitted surface. */
export function termStructure({ expiries, surface }: ChainSnapshot): TermStructure {
  const fitted = expiries.filter(({ smile, inputs }) => smile !== null && inputs.years > 0);
  const figures = fitted.map((one): TermFigures => {
    const { years, forward } = one.inputs;
    return {
      expiry: one.expiry,
      settles: one.settles,
      days: years * DAYS,
      forward,
      atTheMoney: surfaceVolatility(surface, 0, years) ?? null,
      put25: volatilityAtDelta(surface, 0.75, years)?.volatility ?? null,
      call25: volatilityAtDelta(surface, 0.25, years)?.volatility ?? null,
      modelFree: root(varianceOf(one)),
    };
  });
  const usable = fitted.filter(({ inputs }) => inputs.years * DAYS >= LEAST_DAYS);
  const near = usable.findLast(({ inputs }) => inputs.years <= THIRTY_DAYS);
  const next = usable.find(({ inputs }) => inputs.years > THIRTY_DAYS);
  const index = near === undefined || next === undefined ? undefined : indexOf(near, next);
  // Beyond the last expiry, and before the first, the chain says nothing.
  const reached =
    fitted.some(({ inputs }) => inputs.years <= THIRTY_DAYS) &&
    fitted.some(({ inputs }) => inputs.years >= THIRTY_DAYS);
  const atTheMoney = reached ? surfaceVolatility(surface, 0, THIRTY_DAYS) : undefined;
  return { expiries: figures, thirtyDays: { atTheMoney: atTheMoney ?? null, index: index ?? null } };
}

function indexOf(near: ChainExpiry, next: ChainExpiry): number | undefined {
  const [first, second] = [varianceOf(near), varianceOf(next)];
  if (first === undefined || second === undefined) return undefined;
  const minutes = ({ inputs }: ChainExpiry): number => inputs.years * DAYS * MINUTES_PER_DAY;
  const points = volatilityIndex(
    { variance: first, minutes: minutes(near) },
    { variance: second, minutes: minutes(next) },
  );
  return points === undefined ? undefined : points / 100;
}

function varianceOf({ inputs: { years, rate }, rows }: ChainExpiry): number | undefined {
  return modelFreeVariance(strikesOf(rows), years, rate)?.variance;
}

function strikesOf(rows: readonly ChainRow[]): readonly StrikeQuotes[] {
  const byStrike = new Map<number, { callBid: number; callAsk: number; putBid: number; putAsk: number }>();
  for (const { contract, bid, ask } of rows) {
    const quotes = byStrike.get(contract.strike) ?? { callBid: 0, callAsk: 0, putBid: 0, putAsk: 0 };
    byStrike.set(contract.strike, quotes);
    // A side that stands alone or crosses is no quote.
    if (bid === null || ask === null || ask < bid) continue;
    if (contract.right === 'call') Object.assign(quotes, { callBid: bid, callAsk: ask });
    else Object.assign(quotes, { putBid: bid, putAsk: ask });
  }
  return [...byStrike].map(([strike, quotes]) => ({ strike, ...quotes }));
}

function root(variance: number | undefined): number | null {
  return variance !== undefined && variance > 0 ? Math.sqrt(variance) : null;
}
