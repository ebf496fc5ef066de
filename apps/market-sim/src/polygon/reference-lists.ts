import { MICROS_PER_MILLI, type MarketDate } from '@trading-agent/core';
import type { Context } from 'hono';
import type { Simulation } from '../market/simulation.ts';
import { newYorkRfc3339 } from '../market/new-york-text.ts';
import { listPage } from './list-page.ts';
import type { ReferenceRow, ReferenceRows } from './market-plan.ts';
import type { Parameters } from './parameters.ts';
import type { PolygonReplies } from './replies.ts';

/** The exchanges and conditions that this market's own trades name; a client can look up what it receives. */
const EXCHANGES: readonly ReferenceRow[] = [
  {
    id: 302,
    type: 'exchange',
    asset_class: 'options',
    locale: 'us',
    name: 'Cboe Options Exchange',
    acronym: 'CBOE',
    mic: 'XCBO',
    operating_mic: 'XCBO',
    participant_id: 'C',
  },
  {
    id: 10,
    type: 'exchange',
    asset_class: 'stocks',
    locale: 'us',
    name: 'New York Stock Exchange',
    acronym: 'NYSE',
    mic: 'XNYS',
    operating_mic: 'XNYS',
    participant_id: 'N',
  },
];
const ALL_UPDATES = { updates_high_low: true, updates_open_close: true, updates_volume: true };
const CONDITIONS: readonly ReferenceRow[] = [
  {
    id: 209,
    type: 'sale_condition',
    name: 'Automatic Execution',
    asset_class: 'options',
    data_types: ['trade'],
    sip_mapping: { OPRA: 'I' },
    update_rules: { consolidated: ALL_UPDATES, market_center: ALL_UPDATES },
  },
  {
    id: 0,
    type: 'sale_condition',
    name: 'Regular Sale',
    asset_class: 'stocks',
    data_types: ['trade'],
    sip_mapping: { CTA: '@', UTP: '@' },
    update_rules: { consolidated: ALL_UPDATES, market_center: ALL_UPDATES },
  },
];

/** `GET /v3/reference/exchanges`: the whole list, without pages. */
export function exchanges(context: Context, replies: PolygonReplies): Response {
  const asset = context.req.query('asset_class');
  const results = EXCHANGES.filter((row) => asset === undefined || row['asset_class'] === asset);
  return replies.ok(context, { results, count: results.length });
}

/** `GET /v3/reference/conditions`. */
export function conditions(context: Context, replies: PolygonReplies): Promise<Response> {
  return listPage(context, replies, { standard: 10, most: 1_000 }, (parameters) =>
    matching(CONDITIONS, parameters, ['asset_class']).filter((row) => {
      const type = parameters.text('data_type');
      const types = row['data_types'];
      return type === undefined || (Array.isArray(types) && types.includes(type));
    }),
  );
}

/** `GET /v3/reference/tickers`: the underlyings of this market. */
export function tickers(context: Context, simulation: Simulation, replies: PolygonReplies): Promise<Response> {
  return listPage(context, replies, { standard: 100, most: 1_000 }, (parameters) => {
    const search = parameters.text('search')?.toUpperCase();
    const ticker = parameters.range('ticker', (name) => parameters.text(name));
    const rows =
      parameters.flag('active') === false
        ? []
        : simulation.index.day.underlyings.map((name) => tickerRow(name, simulation));
    const found = matching(rows, parameters, ['market', 'type']).filter(
      (row) => ticker(String(row['ticker'])) && (search === undefined || String(row['ticker']).includes(search)),
    );
    return ordered(found, 'ticker', parameters, 'asc');
  });
}

/** `GET /v3/reference/tickers/{ticker}`. */
export function oneTicker(context: Context, ticker: string, simulation: Simulation, replies: PolygonReplies): Response {
  if (!simulation.index.day.underlyings.includes(ticker)) return replies.notFound(context, 'Ticker not found.');
  return replies.ok(context, { results: tickerRow(ticker, simulation) });
}

function tickerRow(ticker: string, simulation: Simulation): ReferenceRow {
  const index = ticker.startsWith('I:');
  return {
    ticker,
    name: ticker,
    market: index ? 'indices' : 'stocks',
    locale: 'us',
    active: true,
    ...(!index && { type: 'CS', currency_name: 'usd', primary_exchange: 'XNYS' }),
    last_updated_utc: newYorkRfc3339(simulation.session.open),
  };
}

/** What is known on the simulated day: an action is announced by its declaration, and without one by its own day. */
function announced(
  rows: readonly ReferenceRow[] | undefined,
  dated: string,
  today: MarketDate,
): readonly ReferenceRow[] {
  return (rows ?? []).filter((row) => String(row['declaration_date'] ?? row[dated]) <= today);
}

/** `GET /v3/reference/dividends`, `/splits` and `/fed/v1/treasury-yields`: rows that were given to this market, those of its past only. */
export function datedRows(
  context: Context,
  list: {
    readonly rows: readonly ReferenceRow[] | undefined;
    readonly dated: string;
    readonly limits: { standard: number; most: number };
  },
  simulation: Simulation,
  replies: PolygonReplies,
): Promise<Response> {
  const { rows, dated, limits } = list;
  return listPage(context, replies, limits, (parameters) => {
    const date = parameters.range<string>(dated, (name) => parameters.date(name));
    const found = matching(announced(rows, dated, simulation.session.date), parameters, ['ticker', 'dividend_type']);
    const within = found.filter((row) => date(String(row[dated])));
    const ascending = parameters.text('sort')?.endsWith('.asc') ?? false;
    return ordered(within, dated, parameters, ascending ? 'asc' : 'desc');
  });
}

/** `GET /v2/reference/news`: articles that had been published by the simulated now, newest first. */
export function news(
  context: Context,
  rows: ReferenceRows['news'],
  simulation: Simulation,
  replies: PolygonReplies,
): Promise<Response> {
  return listPage(context, replies, { standard: 10, most: 1_000 }, (parameters) => {
    const ticker = parameters.text('ticker');
    const published = parameters.range<number>('published_utc', (name) => {
      const text = parameters.text(name);
      return text === undefined ? undefined : Date.parse(text);
    });
    const now = simulation.now / MICROS_PER_MILLI;
    const found = (rows ?? []).filter((row) => {
      const at = Date.parse(String(row['published_utc']));
      const about = row['tickers'];
      return at <= now && published(at) && (ticker === undefined || (Array.isArray(about) && about.includes(ticker)));
    });
    return ordered(found, 'published_utc', parameters, 'desc');
  });
}

function matching(
  rows: readonly ReferenceRow[],
  parameters: Parameters,
  fields: readonly string[],
): readonly ReferenceRow[] {
  return rows.filter((row) =>
    fields.every((field) => parameters.text(field) === undefined || row[field] === parameters.text(field)),
  );
}

function ordered(
  rows: readonly ReferenceRow[],
  field: string,
  parameters: Parameters,
  standard: 'asc' | 'desc',
): readonly ReferenceRow[] {
  const direction = (parameters.oneOf('order', ['asc', 'desc']) ?? standard) === 'asc' ? 1 : -1;
  const key = (row: ReferenceRow): string => String(row[field]);
  return rows.toSorted((a, b) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
