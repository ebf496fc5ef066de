import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock, marketDate, microsFromNanosText } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { AN_INSTANT, LocalServer, pagesOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { parseExactJson } from '../http/json.ts';
import { type PolygonReference, createPolygonReference } from './create.ts';

const EXAMPLES = join(PROTOCOLS, 'openapi-examples');
const DAY = marketDate('2021-11-10');

let server: LocalServer;
let reference: PolygonReference;
beforeEach(async () => {
  server = await LocalServer.start();
  reference = createPolygonReference({
    restUrl: server.httpUrl,
    apiKey: 'key',
    clock: new ManualClock(AN_INSTANT),
    sleep: () => Promise.resolve(),
  });
});
afterEach(async () => {
  await reference.close();
  await server.close();
});

interface Case {
  readonly file: string;
  readonly ask: (reference: PolygonReference) => Promise<unknown>;
  /** Fields that we have no use for; everything else must be found in what was read. */
  readonly unused?: readonly string[];
  /** Rows or parts of rows that are quarantined, and why. */
  readonly quarantined?: RegExp;
  /** Percent on the wire. */
  readonly percent?: boolean;
}

const OPTION = optionSymbol('AAPL230616C00150000');
const UNUSED_QUOTE = ['midpoint', 'bid_exchange', 'ask_exchange', 'change_to_break_even', 'fmv_last_updated'];
const UNUSED_TICKER = ['locale', 'share_class_figi'];
const UNUSED_STOCK = ['decimal_size', 'tape', 'trf_id', 'trf_timestamp'];
const symbol = 'SPY';

const CASES: readonly Case[] = [
  { file: 'v3__reference__options__contracts', ask: (r) => r.contracts({ underlying: 'AAPL' }) },
  { file: 'v3__reference__options__contracts__options_ticker', ask: (r) => r.contract(OPTION) },
  {
    file: 'v3__snapshot__options__underlyingAsset__optionContract',
    ask: (r) => r.optionSnapshot('AAPL', OPTION),
    unused: UNUSED_QUOTE,
  },
  {
    file: 'v3__snapshot__options__underlyingAsset',
    ask: (r) => r.chain({ underlying: 'AAPL' }),
    // The example's ticker has nine digits of strike.
    quarantined: /not an OCC option symbol/,
  },
  {
    file: 'v3__snapshot',
    ask: (r) => r.snapshots(['NCLH221014C00005000', 'AAPL', 'TSLAAPL']),
    unused: [
      ...UNUSED_QUOTE,
      'last_minute',
      'decimal_volume',
      'decimal_size',
      'id',
      'message',
      'error',
      'fmv',
      'request_id',
      'early_trading_change',
      'early_trading_change_percent',
      'late_trading_change',
      'late_trading_change_percent',
      'regular_trading_change',
      'regular_trading_change_percent',
      'underlying_ticker',
      'underlying_asset.ticker',
    ],
  },
  {
    file: 'v3__snapshot__indices',
    ask: (r) => r.indices(['I:DJI', 'APx', 'APy']),
    unused: ['message', 'error', 'high', 'low'],
    // The vendor's own error: the low is ten times the high.
    quarantined: /low 38217.11 lies above high 3834.41/,
  },
  {
    file: 'v2__snapshot__locale__us__markets__stocks__tickers__stocksTicker',
    ask: (r) => r.stockSnapshot('AAPL'),
    unused: ['min', 'dv', 'ds', 'i'],
  },
  ...['stocksTicker', 'optionsTicker', 'indicesTicker'].map((kind): Case => ({
    file: `v2__aggs__ticker__${kind}__range__multiplier__timespan__from__to`,
    ask: (r) => r.bars({ symbol, timespan: 'day', from: DAY, to: DAY }),
  })),
  ...['stocksTicker', 'optionsTicker', 'indicesTicker'].map((kind): Case => ({
    file: `v2__aggs__ticker__${kind}__prev`,
    ask: (r) => r.previousBar(symbol),
    unused: ['T'],
  })),
  { file: 'v2__aggs__grouped__locale__us__market__stocks__date', ask: (r) => r.groupedBars(DAY), unused: ['t'] },
  ...['stocksTicker', 'optionsTicker', 'indicesTicker'].map((kind): Case => ({
    file: `v1__open-close__${kind}__date`,
    ask: (r) => r.daySummary(symbol, DAY),
    unused: ['status'],
  })),
  ...['stockTicker', 'optionsTicker'].flatMap((kind): Case[] => [
    {
      file: `v3__trades__${kind}`,
      ask: (r) => pagesOf(r.trades({ symbol, during: DAY })),
      unused: UNUSED_STOCK,
    },
    {
      file: `v3__quotes__${kind}`,
      ask: (r) => pagesOf(r.quotes({ symbol, during: DAY })),
      unused: [...UNUSED_STOCK, 'participant_timestamp', 'indicators'],
    },
  ]),
  ...['stocksTicker', 'optionsTicker'].map((kind): Case => ({
    file: `v2__last__trade__${kind}`,
    ask: (r) => r.lastTrade(symbol),
    unused: ['T', 'q', 'y', 'f', 'z', 'i', 'r', 'ds'],
  })),
  {
    file: 'v2__last__nbbo__stocksTicker',
    ask: (r) => r.lastQuote(symbol),
    unused: ['T', 'q', 'y', 'z', 'x', 'X'],
  },
  ...['stockTicker', 'optionsTicker', 'indicesTicker'].flatMap((kind): Case[] => [
    { file: `v1__indicators__sma__${kind}`, ask: (r) => r.sma({ symbol }), unused: ['underlying'] },
    { file: `v1__indicators__ema__${kind}`, ask: (r) => r.ema({ symbol }), unused: ['underlying'] },
    { file: `v1__indicators__rsi__${kind}`, ask: (r) => r.rsi({ symbol }), unused: ['underlying'] },
    { file: `v1__indicators__macd__${kind}`, ask: (r) => r.macd({ symbol }), unused: ['underlying'] },
  ]),
  { file: 'v1__marketstatus__now', ask: (r) => r.marketStatus(), unused: ['currencies'] },
  { file: 'v1__marketstatus__upcoming', ask: (r) => r.holidays() },
  { file: 'options__v1__exchanges', ask: (r) => r.exchanges('options'), unused: ['locale', 'url'] },
  { file: 'v3__reference__tickers', ask: (r) => r.tickers({}), unused: UNUSED_TICKER },
  {
    file: 'v3__reference__tickers__ticker',
    ask: (r) => r.ticker('AAPL'),
    unused: [...UNUSED_TICKER, 'address', 'branding', 'phone_number', 'ticker_root', 'weighted_shares_outstanding'],
  },
  {
    file: 'stocks__v1__dividends',
    ask: (r) => r.dividends({ symbol: 'AAPL' }),
    unused: ['distribution_type', 'historical_adjustment_factor', 'split_adjusted_cash_amount'],
  },
  { file: 'v3__reference__splits', ask: (r) => r.splits({ symbol: 'AAPL' }) },
  {
    file: 'stocks__v1__splits',
    ask: (r) => r.splits({ symbol: 'AAPL' }),
    unused: ['adjustment_type', 'historical_adjustment_factor'],
  },
  { file: 'fed__v1__treasury-yields', ask: (r) => r.treasuryYields(DAY, DAY), percent: true },
];

/** Every text, number and flag at the leaves, by the way to it. */
function leaves(value: unknown, unused: readonly string[], path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => {
    const way = Array.isArray(value) ? path : `${path}.${key}`;
    return unused.some((name) => name === key || way.endsWith(`.${name}`)) ? [] : leaves(member, unused, way);
  });
}

/** How a wire value may stand in ours: as it is, as microseconds of nanoseconds, milliseconds or text, without its prefix. */
function forms(wire: unknown, percent: boolean): readonly unknown[] {
  if (typeof wire === 'number') return [wire, wire * 1_000, ...(percent ? [wire / 100] : [])];
  if (typeof wire !== 'string') return [wire];
  const nanoseconds = /^\d{16,19}$/.test(wire) ? [BigInt(wire), microsFromNanosText(wire)] : [];
  const instant = /^\d{4}-\d\d-\d\dT/.test(wire) ? [Date.parse(wire) * 1_000, wire.slice(0, 10)] : [];
  // An instant of a day at midnight may stand as its date.
  return [wire, wire.replace(/^O:/, ''), ...nanoseconds, ...instant, Number(wire)];
}

/** Said in other words by us. */
const MAPPED = ['timeframe', 'type', 'dividend_type', 'day.last_updated', 'market_status.unknown'];

describe.skipIf(!existsSync(EXAMPLES))(`recorded answers in ${EXAMPLES}`, () => {
  it.each(CASES)('$file is read without loss', async ({ file, ask, unused = [], quarantined, percent = false }) => {
    const text = readFileSync(join(EXAMPLES, `${file}.json`), 'utf8');
    const body: unknown = parseExactJson(text);
    // A second page would be the example again.
    server.onRequest = ({ query }) => ({ body: query.has('cursor') ? '{"results":[]}' : text });
    const read = await ask(reference);
    const { rows, total } = reference.quarantine();
    // What was quarantined, and nothing else; its text stands in the answer, letter by letter.
    expect(rows.map(({ reason }) => reason).join('; ')).toMatch(quarantined ?? /^$/);
    expect(rows.every((row) => text.includes(row.text))).toBe(true);
    expect(total).toBe(rows.length);
    if (reference.counters().malformedRows > 0) return;

    const mine = new Set(leaves(read, []).map(([, value]) => value));
    const skipped = ['request_id', 'next_url', 'status_', 'count', 'queryCount', 'resultsCount', ...unused, ...MAPPED];
    const wire = leaves(body, skipped).filter(
      ([path, value]) => value !== '' && !['.status', '.adjusted'].includes(path) && !(path === '.ticker'),
    );
    const lost = wire.filter(([, value]) => !forms(value, percent).some((form) => mine.has(form)));
    expect(lost).toEqual([]);
    expect(wire.length).toBeGreaterThanOrEqual(2);
  });

  it('every recorded answer is among them but the one that we do not ask for', () => {
    const recorded = readdirSync(EXAMPLES).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));
    const read = new Set(CASES.map(({ file }) => file));
    expect(recorded.filter((file) => !read.has(file))).toEqual(['vX__reference__tickers__id__events']);
  });
});
