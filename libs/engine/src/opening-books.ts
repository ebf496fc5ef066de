import type { BrokerAccount } from '@trading-agent/broker';
import { addUsd, subtractUsd, type Usd } from '@trading-agent/core';
import { isOptionSymbol, type OptionContract, optionContract } from '@trading-agent/instruments';
import { Portfolio } from '@trading-agent/portfolio';
import type { TakenOver } from './taken-over.ts';

/** The account as a session begins with it. */
export interface OpeningBooks {
  readonly portfolio: Portfolio;
  /** What each holding was worth, dollars per share, where the broker said so. */
  readonly marks: ReadonlyMap<string, number>;
  /** Cash and holdings at these marks, at cost where there is none. What is not counted (fractions of a share) is in no figure of the session. */
  readonly equity: Usd;
}

/**
 * The equity that the day's loss is measured from, as the books count: their opening equity less what the broker's own figure has gained since
 * the last close. What they don't count (fractions of a share) is in both of his figures. `null` when he does not tell.
 */
export function equityAtLastClose(
  { equity, lastEquity }: Pick<BrokerAccount, 'equity' | 'lastEquity'>,
  books: Pick<OpeningBooks, 'equity'>,
): Usd | null {
  return lastEquity === null ? null : addUsd(books.equity, subtractUsd(lastEquity, equity));
}

/** @param contract the terms of an option by its symbol; what the symbol itself says when left out */
export function openingBooks(
  cash: Usd,
  takenOver: TakenOver | null,
  contract: (symbol: string) => OptionContract = optionContract,
): OpeningBooks {
  const held = takenOver?.positions ?? [];
  const portfolio = new Portfolio({
    cash,
    contracts: contract,
    holdings: held.map(({ symbol, quantity, averagePrice }) => ({
      symbol,
      quantity,
      averagePrice,
      multiplier: isOptionSymbol(symbol) ? contract(symbol).multiplier : 1,
    })),
  });
  const marks = new Map(held.flatMap(({ symbol, mark }) => (mark === null ? [] : [[symbol, mark] as const])));
  return { portfolio, marks, equity: portfolio.value((symbol) => marks.get(symbol) ?? null).equity };
}
