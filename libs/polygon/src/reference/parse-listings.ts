import { marketDate, microsFromRfc3339 } from '@trading-agent/core';
import type {
  ConditionInfo,
  ConditionUpdates,
  ExchangeInfo,
  Holiday,
  ListedContract,
  MarketState,
  MarketStatus,
  TickerDetails,
  TickerInfo,
} from '@trading-agent/market-data';
import { z } from 'zod';
import { parseContract } from '../http/parse.ts';
import {
  type Note,
  id,
  maybeDate,
  maybeFlag,
  maybeInstant,
  maybeNumber,
  maybeText,
  number,
  oneOf,
  part,
  texts,
} from './fields.ts';

const listing = z.looseObject({
  primary_exchange: z.unknown().optional(),
  cfi: z.unknown().optional(),
  correction: z.unknown().optional(),
  additional_underlyings: z.unknown().optional(),
});
const deliverables = z.array(z.looseObject({ type: z.string(), underlying: z.string(), amount: number }));

/** A row of `/v3/reference/options/contracts`. `additional_underlyings` or other than 100 shares: adjusted, not to be traded. */
export function parseListedContract(row: unknown, note: Note): ListedContract {
  const contract = parseContract(row);
  const parsed = listing.parse(row);
  const extra = part(deliverables, parsed.additional_underlyings, 'additional_underlyings', note) ?? [];
  return {
    contract,
    exchange: part(maybeText, parsed.primary_exchange, 'primary_exchange', note),
    cfi: part(maybeText, parsed.cfi, 'cfi', note),
    correction: part(maybeNumber, parsed.correction, 'correction', note),
    deliverables: extra.map(({ type, underlying, amount }) => ({ kind: type, underlying, amount })),
  };
}

const STATES = ['open', 'closed', 'extended-hours'] as const satisfies readonly MarketState[];
const status = z.looseObject({
  market: z.string(),
  earlyHours: maybeFlag,
  afterHours: maybeFlag,
  serverTime: z.string(),
  exchanges: z.unknown().optional(),
});
const states = z.record(z.string(), z.string());

/** `/v1/marketstatus/now`, which has no envelope. Groups beside the exchanges (`currencies`, `indicesGroups`) concern other markets. */
export function parseMarketStatus(body: unknown, note: Note): MarketStatus {
  const parsed = status.parse(body);
  const exchanges = part(states, parsed.exchanges, 'exchanges', note) ?? {};
  return {
    state: oneOf(STATES, parsed.market),
    at: microsFromRfc3339(parsed.serverTime),
    early: parsed.earlyHours ?? false,
    late: parsed.afterHours ?? false,
    exchanges: Object.fromEntries(Object.entries(exchanges).map(([name, state]) => [name, oneOf(STATES, state)])),
  };
}

const holiday = z.looseObject({
  date: z.string(),
  exchange: z.string(),
  name: maybeText,
  status: z.string(),
  open: maybeText,
  close: maybeText,
});

/** An element of `/v1/marketstatus/upcoming`, a bare array. */
export function parseHoliday(row: unknown): Holiday {
  const parsed = holiday.parse(row);
  return {
    date: marketDate(parsed.date),
    exchange: parsed.exchange,
    name: parsed.name ?? '',
    status: oneOf(['closed', 'early-close'], parsed.status),
    open: maybeInstant(parsed.open),
    close: maybeInstant(parsed.close),
  };
}

const exchange = z.looseObject({
  id,
  type: z.string(),
  asset_class: maybeText,
  name: z.string(),
  acronym: maybeText,
  mic: maybeText,
  operating_mic: maybeText,
  participant_id: maybeText,
});

/** A row of `/v3/reference/exchanges`. */
export function parseExchange(row: unknown): ExchangeInfo {
  const parsed = exchange.parse(row);
  return {
    id: parsed.id,
    kind: parsed.type,
    assetClass: parsed.asset_class,
    name: parsed.name,
    acronym: parsed.acronym,
    mic: parsed.mic,
    operatingMic: parsed.operating_mic,
    participant: parsed.participant_id,
  };
}

const updates = z.looseObject({
  updates_high_low: maybeFlag,
  updates_open_close: maybeFlag,
  updates_volume: maybeFlag,
});
const condition = z.looseObject({
  id,
  type: z.string(),
  name: z.string(),
  asset_class: maybeText,
  data_types: texts,
  sip_mapping: z.unknown().optional(),
  update_rules: z
    .looseObject({ consolidated: z.unknown().optional(), market_center: z.unknown().optional() })
    .nullish(),
  legacy: maybeFlag,
});
const codes = z.record(z.string(), z.string());

/** A row of `/v3/reference/conditions`. */
export function parseCondition(row: unknown, note: Note): ConditionInfo {
  const parsed = condition.parse(row);
  const rule = (value: unknown, name: string): ConditionUpdates => {
    const read = part(updates, value, name, note);
    return {
      highLow: read?.updates_high_low ?? null,
      openClose: read?.updates_open_close ?? null,
      volume: read?.updates_volume ?? null,
    };
  };
  return {
    id: parsed.id,
    kind: parsed.type,
    name: parsed.name,
    assetClass: parsed.asset_class,
    appliesTo: parsed.data_types,
    codes: part(codes, parsed.sip_mapping, 'sip_mapping', note) ?? {},
    consolidated: rule(parsed.update_rules?.consolidated, 'consolidated'),
    marketCenter: rule(parsed.update_rules?.market_center, 'market_center'),
    legacy: parsed.legacy ?? false,
  };
}

const ticker = z.looseObject({
  ticker: z.string().min(1),
  name: maybeText,
  market: z.string(),
  type: maybeText,
  active: maybeFlag,
  currency_name: maybeText,
  primary_exchange: maybeText,
  cik: maybeText,
  composite_figi: maybeText,
  last_updated_utc: maybeText,
  delisted_utc: maybeText,
});

/** A row of `/v3/reference/tickers`. */
export function parseTicker(row: unknown): TickerInfo {
  const parsed = ticker.parse(row);
  return {
    symbol: parsed.ticker,
    name: parsed.name ?? '',
    market: parsed.market,
    type: parsed.type,
    active: parsed.active,
    currency: parsed.currency_name,
    exchange: parsed.primary_exchange,
    cik: parsed.cik,
    figi: parsed.composite_figi,
    updated: maybeInstant(parsed.last_updated_utc),
    delisted: maybeInstant(parsed.delisted_utc),
  };
}

const details = z.looseObject({
  market_cap: maybeNumber,
  share_class_shares_outstanding: maybeNumber,
  list_date: maybeText,
  sic_code: maybeText,
  sic_description: maybeText,
  description: maybeText,
  homepage_url: maybeText,
  total_employees: maybeNumber,
  round_lot: maybeNumber,
});

/** `results` of `/v3/reference/tickers/{t}`. */
export function parseTickerDetails(row: unknown): TickerDetails {
  const parsed = details.parse(row);
  return {
    ...parseTicker(row),
    marketCap: parsed.market_cap,
    sharesOutstanding: parsed.share_class_shares_outstanding,
    listed: maybeDate(parsed.list_date),
    industryCode: parsed.sic_code,
    industry: parsed.sic_description,
    description: parsed.description,
    homepage: parsed.homepage_url,
    employees: parsed.total_employees,
    roundLot: parsed.round_lot,
  };
}
