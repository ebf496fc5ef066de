import type { ContractFilter, InstrumentSnapshot, ReferenceData, SnapshotAnswer } from '@trading-agent/market-data';
import { wireTicker } from './fields.ts';
import { parseListedContract } from './parse-listings.ts';
import { parseInstrumentSnapshot, parseOptionSnapshot, parseStockSnapshot, refusal } from './parse-snapshots.ts';
import type { Question } from './question.ts';
import { encoded, HOUR, type Sources } from './sources.ts';

/** Most instruments that one universal snapshot takes. */
const MOST_TICKERS = 250;

/** Contracts as they are listed, and instruments as they stand (PROVIDERS A3, A4). */
export function snapshots({
  ask,
  past,
}: Sources): Pick<
  ReferenceData,
  'contracts' | 'contract' | 'chain' | 'optionSnapshot' | 'snapshots' | 'indices' | 'stockSnapshot'
> {
  const snapshotAnswer = async (
    path: string,
    needs: string,
    symbols: readonly string[],
  ): Promise<SnapshotAnswer<InstrumentSnapshot>> => {
    const rows: InstrumentSnapshot[] = [];
    const refused: { readonly symbol: string; readonly reason: string }[] = [];
    const unique = [...new Set(symbols)];
    for (let from = 0; from < unique.length; from += MOST_TICKERS) {
      const tickers = unique.slice(from, from + MOST_TICKERS).map(wireTicker);
      const answers = await ask.all(
        { path, needs, query: { 'ticker.any_of': tickers.join(','), limit: MOST_TICKERS } },
        (row, note) => refusal(row) ?? parseInstrumentSnapshot(row, note),
      );
      for (const answer of answers) {
        if ('reason' in answer) refused.push(answer);
        else rows.push(answer);
      }
    }
    const because = (reason: string): string[] =>
      refused.filter((row) => row.reason === reason).map(({ symbol }) => symbol);
    return {
      rows,
      notFound: because('NOT_FOUND'),
      notEntitled: because('NOT_ENTITLED'),
      refused: refused.filter(({ reason }) => reason !== 'NOT_FOUND' && reason !== 'NOT_ENTITLED'),
    };
  };

  return {
    contracts: (query) =>
      ask.all(
        {
          path: '/v3/reference/options/contracts',
          query: {
            underlying_ticker: query.underlying,
            as_of: query.asOf,
            expired: query.expired,
            ...filter(query),
            sort: 'ticker',
            order: 'asc',
            limit: 1_000,
          },
          needs: 'options contracts',
          maxAgeMs: query.asOf ? past(query.asOf) : 0,
        },
        parseListedContract,
      ),

    contract: (symbol, asOf) =>
      ask.thing(
        {
          path: `/v3/reference/options/contracts/${encoded(symbol)}`,
          query: { as_of: asOf },
          needs: 'options contracts',
          maxAgeMs: HOUR,
        },
        parseListedContract,
      ),

    chain: (query) =>
      ask.all(
        {
          path: `/v3/snapshot/options/${encodeURIComponent(query.underlying)}`,
          query: { ...filter(query), sort: 'ticker', order: 'asc', limit: 250 },
          needs: 'options snapshots',
        },
        parseOptionSnapshot,
      ),

    optionSnapshot: (underlying, symbol) =>
      ask.thing(
        {
          path: `/v3/snapshot/options/${encodeURIComponent(underlying)}/${encoded(symbol)}`,
          needs: 'options snapshots',
        },
        parseOptionSnapshot,
      ),

    snapshots: (symbols) => snapshotAnswer('/v3/snapshot', 'universal snapshots', symbols),
    indices: (symbols) => snapshotAnswer('/v3/snapshot/indices', 'indices snapshots', symbols),

    stockSnapshot: (symbol) =>
      ask.thing(
        {
          path: `/v2/snapshot/locale/us/markets/stocks/tickers/${encoded(symbol)}`,
          needs: 'stocks snapshots',
          at: ['ticker'],
        },
        parseStockSnapshot,
      ),
  };
}

function filter(query: ContractFilter): NonNullable<Question['query']> {
  return {
    contract_type: query.right,
    'expiration_date.gte': query.expiryFrom,
    'expiration_date.lte': query.expiryTo,
    'strike_price.gte': query.strikeFrom,
    'strike_price.lte': query.strikeTo,
  };
}
