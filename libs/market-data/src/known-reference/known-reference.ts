import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MarketDate } from '@trading-agent/core';
import type { Dividend, Split, TreasuryYields } from '../reference/corporate-actions.ts';
import { type CorporateActions, readCorporateActions } from './corporate-actions-file.ts';
import { readFetchedRanges } from './fetched-ranges.ts';
import { readTreasuryYields } from './treasury-file.ts';

/**
 * Corporate actions and yield curves that are at hand without a vendor. Each answer is whole for its range, or `undefined` when the range is
 * not known: an empty list means that there was nothing.
 */
export interface KnownReference {
  /** Ex-dividend dates from `from` to `to`, both included, of whatever was announced by `asOf`, and maybe later; oldest first. */
  dividends(symbol: string, from: MarketDate, to: MarketDate, asOf: MarketDate): readonly Dividend[] | undefined;
  /** Execution dates, as above. */
  splits(symbol: string, from: MarketDate, to: MarketDate, asOf: MarketDate): readonly Split[] | undefined;
  /** Curves of the days from `from` to `to`; oldest first. */
  curves(from: MarketDate, to: MarketDate): readonly TreasuryYields[] | undefined;
  /** Rows of its files that can't be read. */
  readonly quarantined: number;
}

export interface ReferenceFiles {
  readonly actions?: CorporateActions;
  /** Oldest first. */
  readonly yields?: readonly TreasuryYields[];
  /** What was fetched of a vendor. Files beside them that nobody fetched count as whole. */
  readonly fetched?: FetchedRanges;
}

/** By symbol; of curves under the name `*`. */
export type FetchedRanges = Readonly<Record<FetchedKind, Readonly<Record<string, FetchedRange>>>>;
export const ALL = '*';
export type FetchedKind = 'dividends' | 'splits' | 'curves';
/**
 * First day asked for, and the last day of which all is known. Of what is announced for later, all that was known on that day; of curves, the
 * newest that was published, or the last day that was no day of publishing.
 */
export interface FetchedRange {
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** The day on which it was asked, where `to` is an earlier one. */
  readonly asked?: MarketDate;
}

export const CORPORATE_ACTIONS = 'corporate_actions';
export const YIELD_FILE = /^us_treasury_par_yields.*\.csv(\.gz)?$/;

/**
 * The reference files of a data folder or lake: `reference/corporate_actions/{dividends,splits}*.csv[.gz]` and
 * `reference/us_treasury_par_yields*.csv[.gz]`, whoever put them there; `agent data fetch` does. Nothing is known when there are none.
 * @throws {TradingError} `DATA_FILE_BROKEN`.
 */
export async function openKnownReference(dataDir: string): Promise<KnownReference> {
  const folder = join(dataDir, 'reference');
  const actions = join(folder, CORPORATE_ACTIONS);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const yields = new Map<MarketDate, TreasuryYields>();
  for (const name of names.filter((file) => YIELD_FILE.test(file)))
    for (const curve of await readTreasuryYields(join(folder, name))) yields.set(curve.date, curve);
  return knownReference({
    ...(existsSync(actions) && { actions: await readCorporateActions(actions) }),
    ...(yields.size > 0 && { yields: [...yields.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) }),
    ...fetchedIn(folder),
  });
}

function fetchedIn(folder: string): { readonly fetched?: FetchedRanges } {
  const fetched = readFetchedRanges(folder);
  return fetched ? { fetched } : {};
}

/** Corporate actions and curves that were read already. */
export function knownReference({ actions, yields, fetched }: ReferenceFiles): KnownReference {
  /** Nobody says how far files reach that somebody put there: they count as whole. */
  const covers = (kind: FetchedKind, name: string, from: MarketDate, to: MarketDate): boolean => {
    const ranges = fetched?.[kind] ?? {};
    const range = ranges[name];
    return range ? range.from <= from && to <= range.to : Object.keys(ranges).length === 0;
  };
  return {
    dividends(symbol, from, to, asOf) {
      if (!actions || !covers('dividends', symbol, from, asOf)) return undefined;
      return actions.dividends.filter((one) => one.symbol === symbol && one.exDate >= from && one.exDate <= to);
    },
    splits(symbol, from, to, asOf) {
      if (!actions || !covers('splits', symbol, from, asOf)) return undefined;
      return actions.splits.filter((one) => one.symbol === symbol && one.date >= from && one.date <= to);
    },
    curves(from, to) {
      if (!yields || !covers('curves', ALL, from, to)) return undefined;
      const found = yields.filter(({ date }) => date >= from && date <= to);
      // A file that somebody put there ends some day, and what comes after it is not known.
      return found.length > 0 || fetched?.curves[ALL] ? found : undefined;
    },
    quarantined: actions?.quarantined ?? 0,
  };
}
