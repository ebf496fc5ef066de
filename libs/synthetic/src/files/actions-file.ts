import { gzipSync } from 'node:zlib';
import type { MarketDate } from '@trading-agent/core';
import { DurableFile, settle } from '@trading-agent/market-data';
import { corporateActions } from '../corporate-actions.ts';
import type { SyntheticMarket } from '../synthetic-market.ts';

/** Where dividends and splits lie below the data folder. */
export const ACTIONS_FOLDER = 'reference/corporate_actions';

/** Writes the dividends and splits from `from` to the end of the market's walk, in the columns that the vendor's reference data has. */
export function writeActions(
  market: SyntheticMarket,
  symbols: readonly string[],
  toDir: string,
  from: MarketDate,
): void {
  const { dividends, splits } = corporateActions(market, symbols, from);
  save(`${toDir}/${ACTIONS_FOLDER}/dividends.csv.gz`, [
    'ticker,ex_dividend_date,cash_amount,currency,frequency',
    ...dividends.map(({ symbol, exDate, amount }) => `${symbol},${exDate},${amount},USD,4`),
  ]);
  save(`${toDir}/${ACTIONS_FOLDER}/splits.csv.gz`, [
    'ticker,execution_date,split_from,split_to',
    ...splits.map(({ symbol, date, from: old, to }) => `${symbol},${date},${old},${to}`),
  ]);
}

function save(path: string, lines: readonly string[]): void {
  const out = new DurableFile(`${path}.tmp`);
  out.write(gzipSync(`${lines.join('\n')}\n`));
  out.finish();
  settle(out.temporary, path);
}
