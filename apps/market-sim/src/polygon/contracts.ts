import { nyDate } from '@trading-agent/calendar';
import { type OptionContract, polygonOptionTicker } from '@trading-agent/instruments';
import type { Context } from 'hono';
import type { Simulation } from '../market/simulation.ts';
import { contractFilter, contractOrder, symbolOfTicker, underlyingName } from './contract-list.ts';
import { nextUrl, readCursor } from './cursor.ts';
import { Parameters } from './parameters.ts';
import type { PolygonReplies } from './replies.ts';

/** `GET /v3/reference/options/contracts`: the day's contracts by filter, a page at a time. */
export function listContracts(context: Context, simulation: Simulation, replies: PolygonReplies): Response {
  const cursor = readCursor(context.req.query());
  const parameters = new Parameters(cursor.query);
  const limit = parameters.limit(10, 1_000);
  const asOf = parameters.date('as_of') ?? nyDate(simulation.now);
  const withExpired = parameters.flag('expired') ?? false;
  const named = parameters.text('underlying_ticker');
  const underlying = parameters.range('underlying_ticker', (name) => parameters.text(name));
  const terms = contractFilter(parameters);
  const order = contractOrder(parameters, ['ticker', 'underlying_ticker', 'expiration_date', 'strike_price']);
  const pool =
    named === undefined
      ? [...simulation.index.contracts.values()]
      : simulation.index.contractsOf(underlyingName(named));
  const found = pool
    .filter((contract) => (withExpired || contract.expiry >= asOf) && terms(contract))
    .filter((contract) => named !== undefined || underlying(contract.underlying))
    .sort(order);
  const rows = found.slice(cursor.offset, cursor.offset + limit);
  const offset = cursor.offset + rows.length;
  return replies.ok(context, {
    results: rows.map(contractRow),
    ...(offset < found.length && { next_url: nextUrl(context.req.url, { query: cursor.query, offset }) }),
  });
}

/** `GET /v3/reference/options/contracts/{ticker}`: unknown, or expired without an earlier `as_of`, is 404. */
export function oneContract(
  context: Context,
  ticker: string,
  simulation: Simulation,
  replies: PolygonReplies,
): Response {
  const asOf = new Parameters(context.req.query()).date('as_of') ?? nyDate(simulation.now);
  const contract = simulation.index.contracts.get(symbolOfTicker(ticker));
  if (!contract || contract.expiry < asOf) return replies.notFound(context, 'Option Ticker not found.');
  return replies.ok(context, { results: contractRow(contract) });
}

function contractRow(contract: OptionContract): Record<string, unknown> {
  return { cfi: cfi(contract), ...contractTerms(contract), underlying_ticker: contract.underlying };
}

/** What lists of contracts and snapshots of chains alike say of a contract. */
export function contractTerms(contract: OptionContract): Readonly<Record<string, unknown>> {
  return {
    contract_type: contract.right,
    exercise_style: contract.style,
    expiration_date: contract.expiry,
    shares_per_contract: contract.multiplier,
    strike_price: contract.strike,
    ticker: polygonOptionTicker(contract.symbol),
  };
}

/** ISO 10962: option, call or put, exercise, underlying (stock or index), delivery, standard or not. */
function cfi(contract: OptionContract): string {
  const right = contract.right === 'call' ? 'C' : 'P';
  const style = contract.style === 'american' ? 'A' : 'E';
  const cash = contract.settlement === 'cash';
  return `O${right}${style}${cash ? 'IC' : 'SP'}${contract.adjusted ? 'N' : 'S'}`;
}
