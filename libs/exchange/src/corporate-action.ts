import { type MarketDate, TradingError } from '@trading-agent/core';
import { type OptionContract, formatOptionSymbol, optionContract } from '@trading-agent/instruments';

/** What a company does to its shares, as far as it changes accounts. */
export type CorporateAction =
  | {
      readonly kind: 'dividend';
      readonly ticker: string;
      readonly exDate: MarketDate;
      readonly payDate: MarketDate;
      /** Dollars per share. */
      readonly amount: number;
    }
  | {
      readonly kind: 'split';
      readonly ticker: string;
      readonly exDate: MarketDate;
      /** Shares afterwards for each one before, a whole number from 2 on. */
      readonly ratio: number;
    };

/** @throws {TradingError} `OUT_OF_RANGE` for a split that is not whole: options on it get another deliverable, which nobody here trades. */
export function assertAction(action: CorporateAction): void {
  if (action.kind === 'dividend' || (Number.isSafeInteger(action.ratio) && action.ratio >= 2)) return;
  throw new TradingError(
    'OUT_OF_RANGE',
    `Only splits into a whole number of shares are simulated, was ${action.ratio}`,
  );
}

/** The contract that OCC makes of `contract` when its stock is split: `ratio` times as many at a strike divided by it. */
export function afterSplit(contract: OptionContract, ratio: number): OptionContract {
  const { root, expiry, right, strike } = contract;
  const thousandths = Math.round((strike * 1_000) / ratio);
  return optionContract(formatOptionSymbol({ root, expiry, right, strike: thousandths / 1_000 }));
}
