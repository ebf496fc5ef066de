import { type Usd, ZERO_USD, addUsd, notional, subtractUsd } from '@trading-agent/core';
import {
  isOptionSymbol,
  type OptionContract,
  type OptionSymbol,
  type Order,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { COVERED_MARGIN, type Margin, marginOf } from '@trading-agent/portfolio';

export type Contracts = ReadonlyMap<string, OptionContract>;
/** Signed contracts per symbol. */
export type Quantities = ReadonlyMap<OptionSymbol, number>;

/** Signed contracts and signed shares of one account. */
export interface Holdings {
  readonly options: Quantities;
  readonly shares: ReadonlyMap<string, number>;
}

/** Where holdings are looked up and priced. */
export interface MarginSource {
  readonly contracts: Contracts;
  readonly mark: (symbol: string) => number | null;
}

/** Regulation T margin of a margin account that may not sell uncovered. */
export function marginFor({ options, shares }: Holdings, { contracts, mark }: MarginSource): Margin {
  const held = [...options].flatMap(([symbol, quantity]) => {
    const contract = contracts.get(symbol);
    return contract === undefined || quantity === 0 ? [] : [{ contract, quantity }];
  });
  const stocks = [...shares].map(([symbol, quantity]) => ({ symbol, quantity }));
  return marginOf({ options: held, stocks }, { price: mark }, COVERED_MARGIN);
}

/**
 * What must stay in cash for `holdings`: the initial requirement less the value of long stock, which counts beside the cash. `null` when
 * something is short without cover, or a stock has no price.
 */
export function requirementOf(holdings: Holdings, source: MarginSource): Usd | null {
  const { initial } = marginFor(holdings, source);
  return initial === null ? null : subtractUsd(initial, stockValue(holdings, source));
}

function stockValue({ shares }: Holdings, { mark }: MarginSource): Usd {
  const long = [...shares].filter(([, quantity]) => quantity > 0);
  return long.length === 0
    ? ZERO_USD
    : addUsd(...long.map(([ticker, quantity]) => notional(mark(ticker) ?? 0, quantity, 1)));
}

/** `held` after `units` of `order` have been filled. */
export function afterFill({ options, shares }: Holdings, order: Order, units: number): Holdings {
  const after = { options: new Map(options), shares: new Map(shares) };
  for (const { symbol, intent, ratio } of order.legs) {
    const change = sign(sideOf(intent)) * ratio * units;
    if (isOptionSymbol(symbol)) after.options.set(symbol, (after.options.get(symbol) ?? 0) + change);
    else after.shares.set(symbol, (after.shares.get(symbol) ?? 0) + change);
  }
  return after;
}
