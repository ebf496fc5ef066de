import { type Micros } from '@trading-agent/core';
import { nyDate, nyInstant, previousSession } from '@trading-agent/calendar';
import { type OptionContract, type Quote, midpoint } from '@trading-agent/instruments';
import type { Context } from 'hono';
import { jsonNanos } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { contractTerms } from './contracts.ts';
import { contractFilter, contractOrder, symbolOfTicker, underlyingName } from './contract-list.ts';
import { nextUrl, readCursor } from './cursor.ts';
import type { ChainFlaws } from './market-plan.ts';
import { optionFigures } from '../market/option-figures.ts';
import { Parameters } from './parameters.ts';
import type { PolygonReplies } from './replies.ts';

/** `GET /v3/snapshot/options/{underlying}`: the listed chain as it stands at the simulated now. */
export function chainSnapshot(
  context: Context,
  underlying: string,
  simulation: Simulation,
  replies: PolygonReplies,
  flaws?: ChainFlaws,
): Response {
  const cursor = readCursor(context.req.query());
  const parameters = new Parameters(cursor.query);
  const limit = parameters.limit(10, 250);
  const today = nyDate(simulation.now);
  const terms = contractFilter(parameters);
  const order = contractOrder(parameters, ['ticker', 'expiration_date', 'strike_price']);
  const found = simulation.index
    .contractsOf(underlyingName(underlying))
    .filter((contract) => contract.expiry >= today && terms(contract))
    .sort(order);
  const rows = found.slice(cursor.offset, cursor.offset + limit);
  const offset = cursor.offset + rows.length;
  return replies.ok(context, {
    results: rows.map((contract, index) => {
      const row = snapshotRow(contract, simulation);
      const isFlawed = flaws !== undefined && (cursor.offset + index) % flaws.every === 0;
      return isFlawed ? flawed(row, flaws, simulation) : row;
    }),
    ...(offset < found.length && { next_url: nextUrl(context.req.url, { query: cursor.query, offset }) }),
  });
}

/** `GET /v3/snapshot/options/{underlying}/{contract}`. */
export function contractSnapshot(
  context: Context,
  names: { readonly underlying: string; readonly ticker: string },
  simulation: Simulation,
  replies: PolygonReplies,
): Response {
  const contract = simulation.index.contracts.get(symbolOfTicker(names.ticker));
  if (!contract || contract.underlying !== underlyingName(names.underlying))
    return replies.notFound(context, 'Option Ticker not found.');
  return replies.ok(context, { results: snapshotRow(contract, simulation) });
}

/** What is not known (open interest; figures where no volatility fits; a quote that is not there) is left out, as the vendor does. */
export function snapshotRow(contract: OptionContract, simulation: Simulation): Record<string, unknown> {
  const { index, step } = simulation;
  const quote = simulation.nbbo(contract.symbol);
  const middle = quote === undefined ? null : midpoint(quote);
  const trade = index.lastTrade(contract.symbol, step);
  const underlying = index.lastBar(contract.underlying, step) ?? index.lastBar(`I:${contract.underlying}`, step);
  const figures =
    middle === null || underlying === undefined
      ? null
      : optionFigures(contract, { at: simulation.now, spot: underlying.bar.close, middle });
  const breakEven = middle === null ? null : contract.strike + (contract.right === 'call' ? middle : -middle);
  return {
    ...(breakEven !== null && { break_even_price: round(breakEven) }),
    day: dayFigures(contract, simulation),
    details: contractTerms(contract),
    greeks: figures?.greeks ?? {},
    ...(figures && { implied_volatility: figures.implied_volatility }),
    ...(quote !== undefined && (quote.bid !== null || quote.ask !== null) && { last_quote: lastQuote(quote, middle) }),
    ...(trade && {
      last_trade: {
        price: trade.price,
        size: trade.size,
        sip_timestamp: jsonNanos(trade.at),
        timeframe: 'REAL-TIME',
      },
    }),
    underlying_asset: {
      ticker: contract.underlying,
      ...(underlying && {
        price: underlying.bar.close,
        last_updated: jsonNanos(underlying.bar.end),
        timeframe: 'REAL-TIME',
        ...(breakEven !== null && { change_to_break_even: round(breakEven - underlying.bar.close) }),
      }),
    },
  };
}

/** A row as a smaller plan, or the early morning, has it. */
function flawed(
  row: Readonly<Record<string, unknown>>,
  { lacks, staleDay }: ChainFlaws,
  { session }: Simulation,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...row };
  if (staleDay && typeof row['day'] === 'object' && row['day'] !== null && 'last_updated' in row['day']) {
    const before = nyInstant(previousSession(session.date), '00:00');
    result['day'] = { ...row['day'], last_updated: jsonNanos(before) };
  }
  for (const part of lacks) {
    if (part === 'greeks' || part === 'day') result[part] = {};
    else delete result[part];
  }
  return result;
}

/** A side that nobody quotes is left out together with the midpoint. */
function lastQuote(quote: Quote, middle: number | null): Record<string, unknown> {
  return {
    ...(quote.ask !== null && { ask: quote.ask, ask_size: quote.askSize }),
    ...(quote.bid !== null && { bid: quote.bid, bid_size: quote.bidSize }),
    ...(middle !== null && { midpoint: round(middle) }),
    last_updated: jsonNanos(quote.at),
    timeframe: 'REAL-TIME',
  };
}

function dayFigures(contract: OptionContract, simulation: Simulation): Record<string, unknown> {
  const last = simulation.index.lastBar(contract.symbol, simulation.step);
  if (!last) return {};
  const midnight: Micros = nyInstant(nyDate(last.bar.start), '00:00');
  return {
    open: last.dayOpen,
    high: last.dayHigh,
    low: last.dayLow,
    close: last.bar.close,
    volume: last.dayVolume,
    last_updated: jsonNanos(midnight),
  };
}

/** Sums and halves of prices, brought back from binary noise. */
function round(price: number): number {
  return Math.round(price * 1_000_000) / 1_000_000;
}
