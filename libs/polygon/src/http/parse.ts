import { MICROS_PER_MINUTE, microsFromMillis, microsFromNanosText, micros } from '@trading-agent/core';
import {
  type Bar,
  type ContractTerms,
  type OptionContract,
  type Quote,
  optionContract,
  parseOptionSymbol,
} from '@trading-agent/instruments';
import type { ChainSnapshotRow } from '@trading-agent/market-data';
import { badMessage } from '../errors.ts';
import { quoteSide } from '../side.ts';
import { type ContractRow, barSchema, contractSchema, lastQuoteSchema, snapshotSchema } from './models.ts';

/**
 * One row of `/v3/reference/options/contracts`.
 * @throws when it is no listed call or put, or when its terms contradict its symbol.
 */
export function parseContract(row: unknown): OptionContract {
  return toContract(contractSchema.parse(row), undefined);
}

/** One row of `/v3/snapshot/options/{underlying}`. @throws when the contract can't be read; a broken quote is no quote. */
export function parseSnapshotRow(row: unknown): ChainSnapshotRow {
  const parsed = snapshotSchema.parse(row);
  const contract = toContract(parsed.details, parsed.underlying_asset?.ticker ?? undefined);
  return {
    contract,
    quote: toQuote(contract.symbol, parsed.last_quote),
    impliedVolatility: parsed.implied_volatility ?? null,
    openInterest: parsed.open_interest ?? null,
  };
}

/** One row of `/v2/aggs/.../1/minute/...`; its `t` is the window's start. @throws when a price or the time is missing. */
export function parseMinuteBar(symbol: string, row: unknown): Bar {
  const parsed = barSchema.parse(row);
  const start = microsFromMillis(parsed.t);
  return {
    symbol,
    start,
    end: micros(start + MICROS_PER_MINUTE),
    open: parsed.o,
    high: parsed.h,
    low: parsed.l,
    close: parsed.c,
    volume: parsed.v ?? 0,
  };
}

/** The contract that a listing or the details of a snapshot describe. @throws when they contradict the symbol. */
export function toContract(row: ContractRow, underlying: string | undefined): OptionContract {
  const parts = parseOptionSymbol(row.ticker);
  const contradiction = (field: string, value: unknown): Error =>
    badMessage(`${row.ticker}: ${field} is ${String(value)}`, { ticker: row.ticker });
  if (row.contract_type && row.contract_type !== parts.right) throw contradiction('contract_type', row.contract_type);
  if (row.expiration_date && row.expiration_date !== parts.expiry)
    throw contradiction('expiration_date', row.expiration_date);
  if (typeof row.strike_price === 'number' && Math.abs(row.strike_price - parts.strike) > 5e-4)
    throw contradiction('strike_price', row.strike_price);
  const style = row.exercise_style ?? undefined;
  if (style !== undefined && style !== 'american' && style !== 'european') throw contradiction('exercise_style', style);
  const of = row.underlying_ticker ?? underlying;
  const terms: ContractTerms = {
    ...(of === undefined ? {} : { underlying: of.replace(/^I:/, '') }),
    ...(row.shares_per_contract ? { multiplier: row.shares_per_contract } : {}),
    ...(style === undefined ? {} : { style }),
    ...(row.additional_underlyings && row.additional_underlyings.length > 0 ? { adjusted: true } : {}),
  };
  return optionContract(row.ticker, terms);
}

/** A broken or undated quote is none. */
export function toQuote(symbol: string, row: unknown): Quote | null {
  const parsed = lastQuoteSchema.safeParse(row);
  // A quote of unknown age is no quote: it could be yesterday's.
  if (!parsed.success || !parsed.data.last_updated) return null;
  const bid = quoteSide(parsed.data.bid ?? undefined, parsed.data.bid_size ?? undefined);
  const ask = quoteSide(parsed.data.ask ?? undefined, parsed.data.ask_size ?? undefined);
  return {
    symbol,
    at: microsFromNanosText(parsed.data.last_updated),
    bid: bid.price,
    bidSize: bid.size,
    ask: ask.price,
    askSize: ask.size,
  };
}
