import { notional } from '@trading-agent/core';
import { type OptionContract, sideOf, sign } from '@trading-agent/instruments';
import { type HeldOption, marginOfOrder, type OrderMargin } from '@trading-agent/portfolio';
import type { OpeningIntent, RiskContext } from './context.ts';
import { type Greeks, NO_GREEKS, plus } from './greeks.ts';
import { type Sensitivities, sensitivitiesOf } from './sensitivities.ts';
import { bookBefore, marginBefore, portfolioRiskOf, stressLossOf } from './portfolio-risk.ts';

/** What an opening order would change, for any number of its units; each figure is computed when a rule first asks for it. */
export class OrderEffect {
  /** Contracts of one unit, signed; `null` when a leg's contract is not known. */
  readonly unit: readonly HeldOption[] | null;
  readonly #intent: OpeningIntent;
  readonly #context: RiskContext;
  #sensitivities: Sensitivities | null | undefined;
  #elsewhere: number | null | undefined;
  /** Asked for by one rule after the other. */
  #greeks: { readonly units: number; readonly underlying: Greeks | null; readonly net: Greeks | null } | null = null;
  readonly #margins = new Map<number, OrderMargin | null>();

  constructor(intent: OpeningIntent, context: RiskContext) {
    this.#intent = intent;
    this.#context = context;
    const unit: HeldOption[] = [];
    for (const { symbol, ratio, intent: purpose } of intent.order.legs) {
      const contract = intent.contracts.find((candidate) => candidate.symbol === symbol);
      if (contract !== undefined) unit.push({ contract, quantity: sign(sideOf(purpose)) * ratio });
    }
    this.unit = unit.length === intent.order.legs.length ? unit : null;
  }

  /** Greeks of the order's underlying, or of everything, with `units` of the order added; `null` when unknown. */
  greeks(units: number, scope: 'underlying' | 'net'): Greeks | null {
    if (this.#greeks?.units !== units)
      this.#greeks = { units, underlying: this.#greeksOf(units, 'underlying'), net: this.#greeksOf(units, 'net') };
    return this.#greeks[scope];
  }

  #greeksOf(units: number, scope: 'underlying' | 'net'): Greeks | null {
    const own = this.#own();
    const risk = portfolioRiskOf(this.#context);
    const held =
      scope === 'net' ? risk.greeks : sensitivitiesGreeks(risk.byUnderlying.get(this.#intent.order.underlying));
    return own === null || held === null ? null : plus(held, own.greeks, units);
  }

  /** The stress loss of everything with `units` of the order added, dollars; `null` when unknown. */
  stressLoss(units: number): number | null {
    const own = this.#own();
    const { underlying } = this.#intent.order;
    const risk = portfolioRiskOf(this.#context);
    this.#elsewhere ??= stressLossOf(risk, underlying);
    const held = risk.byUnderlying.get(underlying);
    if (own === null || held === null || this.#elsewhere === null) return null;
    let worst = 0;
    for (let cell = 0; cell < own.stress.length; cell++) {
      const change =
        units * (own.stress[cell] ?? Number.NaN) + (held === undefined ? 0 : (held.stress[cell] ?? Number.NaN));
      // What is not a number stays so.
      worst = Math.min(worst, change);
    }
    return this.#elsewhere - worst;
  }

  /** Margin and premium when `units` fill at the limit; `null` without a limit or without the contracts. */
  margin(units: number): OrderMargin | null {
    const known = this.#margins.get(units);
    if (known !== undefined) return known;
    const margin = this.#margin(units);
    this.#margins.set(units, margin);
    return margin;
  }

  #margin(units: number): OrderMargin | null {
    const { limit } = this.#intent.order;
    const multiplier = this.unit?.[0]?.contract.multiplier;
    if (this.unit === null || multiplier === undefined || limit === null) return null;
    const { market, marginTerms } = this.#context;
    const changes = this.unit.map(({ contract, quantity }) => ({ contract, quantity: quantity * units }));
    // A net price means the same money for every leg only when the multipliers agree.
    if (changes.some(({ contract }) => contract.multiplier !== multiplier)) return null;
    const premium = notional(limit, units, multiplier);
    // Legs of another underlying are refused by a rule of their own; they must not be measured against the wrong margin.
    const [underlying, ...others] = new Set(changes.map(({ contract }) => contract.underlying));
    if (underlying === undefined || others.length > 0) return null;
    const book = bookBefore(this.#context, underlying);
    return marginOfOrder(changes, premium, book, market, marginTerms, marginBefore(this.#context, underlying));
  }

  /** What the neighbouring strikes say one unit is worth per share, and the gross of its legs; `null` when they don't say it of every leg. */
  model(): { readonly net: number; readonly gross: number } | null {
    let net = 0;
    let gross = 0;
    for (const { contract, quantity } of this.unit ?? []) {
      const price = this.#context.valuation.modelPrice(contract);
      if (price === null) return null;
      net += quantity * price;
      gross += Math.abs(quantity) * price;
    }
    return this.unit === null ? null : { net, gross };
  }

  contractOf(symbol: string): OptionContract | undefined {
    return this.#intent.contracts.find((contract) => contract.symbol === symbol);
  }

  #own(): Sensitivities | null {
    if (this.#sensitivities === undefined) {
      this.#sensitivities =
        this.unit === null ? null : sensitivitiesOf(this.#intent.order.underlying, this.unit, 0, this.#context);
    }
    return this.#sensitivities;
  }
}

function sensitivitiesGreeks(held: Sensitivities | null | undefined): Greeks | null {
  return held === undefined ? NO_GREEKS : held === null ? null : held.greeks;
}
