import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TradingError, isTradingError, marketDate } from '@trading-agent/core';
import { readCsv } from '../csv-rows.ts';
import { Quarantine } from '../quarantine.ts';
import type { Dividend, Split } from '../reference/corporate-actions.ts';

/** Splits and dividends as they stand in a folder, sorted by symbol and day. */
export interface CorporateActions {
  readonly splits: readonly Split[];
  readonly dividends: readonly Dividend[];
  /** Rows that can't be read. */
  readonly quarantined: number;
}

const KINDS = ['regular', 'special', 'long-term-gain', 'short-term-gain'] as const;
/** What a dividend may have beside its ticker and day; `kind` in our words. */
const DIVIDEND_COLUMNS = [
  'cash_amount',
  'cash_amount_derived',
  'currency',
  'kind',
  'declaration_date',
  'record_date',
  'pay_date',
  'frequency',
  'id',
];

/**
 * Reads every `splits*.csv[.gz]` and `dividends*.csv[.gz]` of a folder. Splits need `ticker`, `execution_date` and either `split_from` and
 * `split_to` or `split_from_to_ratio_new_per_old`; dividends need `ticker`, `ex_dividend_date` and `cash_amount` or `cash_amount_derived`. What stands in several files alike counts once.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `DATA_FILE_BROKEN`.
 */
export async function readCorporateActions(folder: string): Promise<CorporateActions> {
  if (!existsSync(folder)) {
    throw new TradingError('DATA_FOLDER_MISSING', `There is no folder ${folder} with corporate actions`, {
      hint: 'Give the folder that holds splits*.csv.gz and dividends*.csv.gz.',
      details: { folder },
    });
  }
  const quarantine = new Quarantine();
  const splits: Split[] = [];
  const dividends: Dividend[] = [];
  const files = readdirSync(folder).sort();
  for (const name of files.filter((file) => /^splits.*\.csv(\.gz)?$/.test(file))) {
    const columns = {
      required: ['ticker', 'execution_date'],
      optional: ['split_from', 'split_to', 'split_from_to_ratio_new_per_old'],
    };
    await readCsv(
      join(folder, name),
      columns,
      quarantine,
      ([ticker = '', day = '', from = '', to = '', ratio = '']) => {
        const date = dateOf(day);
        const [old, fresh] = ratio === '' ? [Number(from), Number(to)] : [1, Number(ratio)];
        if (date === undefined || ticker === '') return 'no ticker or no day';
        if (!(old > 0 && fresh > 0 && Number.isFinite(old * fresh))) return 'the ratio is no positive number';
        splits.push({ id: null, symbol: copy(ticker), date, from: old, to: fresh });
        return undefined;
      },
    );
  }
  for (const name of files.filter((file) => /^dividends.*\.csv(\.gz)?$/.test(file))) {
    const columns = { required: ['ticker', 'ex_dividend_date'], optional: DIVIDEND_COLUMNS };
    await readCsv(
      join(folder, name),
      columns,
      quarantine,
      ([ticker = '', day = '', cash = '', derived = '', ...more]) => {
        const [currency = '', kind = '', declared = '', recorded = '', paid = '', frequency = '', id = ''] = more;
        const exDate = dateOf(day);
        const amount = Number(cash === '' ? derived : cash);
        if (exDate === undefined || ticker === '') return 'no ticker or no day';
        if (!(amount > 0 && Number.isFinite(amount))) return 'the amount is no positive number';
        dividends.push({
          id: id === '' ? null : copy(id),
          symbol: copy(ticker),
          amount,
          currency: currency === '' ? null : copy(currency),
          kind: KINDS.find((known) => known === kind) ?? 'other',
          exDate,
          declared: dateOf(declared) ?? null,
          recorded: dateOf(recorded) ?? null,
          paid: dateOf(paid) ?? null,
          frequency: frequency === '' || !Number.isFinite(Number(frequency)) ? null : Number(frequency),
        });
        return undefined;
      },
    );
  }
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    splits: once(splits, ({ symbol, date, from, to }) => `${symbol} ${date} ${to / from}`).sort(
      (a, b) => text(a.symbol, b.symbol) || text(a.date, b.date),
    ),
    dividends: once(dividends, ({ symbol, exDate, amount }) => `${symbol} ${exDate} ${amount}`).sort(
      (a, b) => text(a.symbol, b.symbol) || text(a.exDate, b.exDate),
    ),
    quarantined: quarantine.total,
  };
}

/** The last of those with one key: a later file may say more. */
function once<T>(all: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

function dateOf(text: string): ReturnType<typeof marketDate> | undefined {
  if (text === '') return undefined;
  try {
    return marketDate(text);
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return undefined;
  }
}

/** A slice would keep the chunk alive that it was read from. */
function copy(text: string): string {
  return Buffer.from(text).toString();
}
