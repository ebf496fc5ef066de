import { type Margin, marginOfUnderlying, underlyingsOf } from '@trading-agent/portfolio';
import type { RiskContext } from './context.ts';
import { type Greeks, heldSensitivitiesOf, NO_GREEKS, plus, type Sensitivities } from './sensitivities.ts';

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
  const { options, stocks } = context.holdings;
  for (const ticker of underlyingsOf(context.holdings)) {
    const held = options.filter(({ contract, quantity }) => contract.underlying === ticker && quantity !== 0);
    let shares = 0;
    for (const { symbol, quantity } of stocks) if (symbol === ticker) shares += quantity;
    const sensitivities = heldSensitivitiesOf(ticker, held, shares, context);
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

export function worstOf(stress: Float64Array): number {
  let worst = 0;
  for (const change of stress) if (!(change >= worst)) worst = change;
  return -worst;
}

const margins = new WeakMap<RiskContext, Map<string, Margin>>();

/** Margin of one underlying before any order, computed once for a context. */
export function marginBefore(context: RiskContext, underlying: string): Margin {
  const found = margins.get(context) ?? new Map<string, Margin>();
  margins.set(context, found);
  let margin = found.get(underlying);
  if (margin === undefined) {
    margin = marginOfUnderlying(underlying, context.holdings, context.market, context.marginTerms);
    found.set(underlying, margin);
  }
  return margin;
}
