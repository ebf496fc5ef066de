import {
  bookOf,
  type MarginAmounts,
  marginOfBook,
  movesWithPrices,
  type UnderlyingBook,
} from '@trading-agent/portfolio';
import type { RiskContext } from './context.ts';
import { heldOf } from './held.ts';
import { type Greeks, NO_GREEKS, plus } from './greeks.ts';
import { heldSensitivitiesOf, type Sensitivities } from './sensitivities.ts';

/** Greeks and stress of everything that is held or on its way, per underlying. */
export interface PortfolioRisk {
  /** `null`: held, but its risk can't be measured. Absent: nothing is held. */
  readonly byUnderlying: ReadonlyMap<string, Sensitivities | null>;
  /** Sum over the underlyings, `null` when one is not known. */
  readonly greeks: Greeks | null;
}

const known = new WeakMap<RiskContext, PortfolioRisk>();

/** Computed once for a context, however many orders are checked against it. */
export function portfolioRiskOf(context: RiskContext): PortfolioRisk {
  const found = known.get(context);
  if (found !== undefined) return found;
  const byUnderlying = new Map<string, Sensitivities | null>();
  let greeks: Greeks | null = NO_GREEKS;
  for (const [ticker, held] of heldOf(context.holdings, context.marginTerms)) {
    const sensitivities = heldSensitivitiesOf(held, context);
    byUnderlying.set(ticker, sensitivities);
    greeks = greeks === null || sensitivities === null ? null : plus(greeks, sensitivities.greeks);
  }
  const risk: PortfolioRisk = { byUnderlying, greeks };
  known.set(context, risk);
  return risk;
}

/** The worst cell of each underlying, added up: nothing offsets between two of them. Dollars, positive for a loss; `null` when unknown. */
export function stressLossOf(risk: PortfolioRisk, without?: string): number | null {
  let loss = 0;
  for (const [ticker, sensitivities] of risk.byUnderlying) {
    if (ticker === without) continue;
    if (sensitivities === null) return null;
    loss += worstOf(sensitivities.stress);
  }
  return loss;
}

function worstOf(stress: readonly number[]): number {
  let worst = 0;
  // What is not a number stays so.
  for (const change of stress) worst = Math.min(worst, change);
  return -worst;
}

/** What is held of an underlying before any order. */
export function bookBefore({ holdings, marginTerms }: RiskContext, underlying: string): UnderlyingBook {
  return heldOf(holdings, marginTerms).get(underlying)?.book ?? bookOf(underlying, NOTHING);
}

const NOTHING = { options: [], stocks: [] };

const margins = new WeakMap<RiskContext, Map<string, MarginAmounts>>();

/** Margin of one underlying before any order, computed once for a context; where prices don't matter, once for what is held. */
export function marginBefore(context: RiskContext, underlying: string): MarginAmounts {
  const { holdings, market, marginTerms } = context;
  const held = heldOf(holdings, marginTerms).get(underlying);
  if (held !== undefined && !movesWithPrices(held.book, marginTerms)) {
    let margin = held.margins.get(marginTerms);
    if (margin === undefined) held.margins.set(marginTerms, (margin = marginOfBook(held.book, market, marginTerms)));
    return margin;
  }
  let found = margins.get(context);
  if (found === undefined) margins.set(context, (found = new Map()));
  let margin = found.get(underlying);
  if (margin === undefined)
    found.set(underlying, (margin = marginOfBook(bookBefore(context, underlying), market, marginTerms)));
  return margin;
}
