import { type MarketDate, type Usd, MICROS_PER_USD, notional, usdFromMicros } from '@trading-agent/core';
import { type Execution, isOptionSymbol, optionContract, sideOf } from '@trading-agent/instruments';
import {
  CLEARING_FEE,
  CLEARING_FEE_CAP,
  OPTIONS_REGULATORY_FEE,
  SECTION_31,
  SHARE_ACTIVITY_FEE,
  SHARE_ACTIVITY_FEE_CAP,
  TRADING_ACTIVITY_FEE,
  rateOn,
} from './fee-schedule.ts';

/** What a commission-free broker passes on for one execution, each rounded up to the whole cent. */
export interface FeeBreakdown {
  /** Options Regulatory Fee: every contract, bought or sold. */
  readonly regulatory: Usd;
  /** OCC clearing fee: every contract, bought or sold. */
  readonly clearing: Usd;
  /** FINRA Trading Activity Fee: contracts or shares sold. */
  readonly tradingActivity: Usd;
  /** SEC Section 31 fee: proceeds of contracts or shares sold, options on indexes exempt. */
  readonly section31: Usd;
  readonly total: Usd;
}

const MICROS_PER_CENT = 10_000;

/**
 * The fees of one execution by kind. Each kind is summed over the execution's legs and then rounded up to the whole cent. Alpaca rounds up
 * likewise, but once a day (docs.alpaca.markets/docs/regulatory-fees); per execution is never cheaper, and final at once.
 */
export function feeBreakdown(execution: Execution, date: MarketDate): FeeBreakdown {
  let contracts = 0;
  let activity = 0;
  let clearing = 0;
  let proceeds = 0;
  for (const leg of execution.legs) {
    const isSold = sideOf(leg.intent) === 'sell';
    if (!isOptionSymbol(leg.symbol)) {
      if (!isSold) continue;
      activity += Math.min(leg.quantity * rateOn(SHARE_ACTIVITY_FEE, date), rateOn(SHARE_ACTIVITY_FEE_CAP, date));
      proceeds += notional(leg.price, leg.quantity, 1);
      continue;
    }
    contracts += leg.quantity;
    clearing += Math.min(leg.quantity * rateOn(CLEARING_FEE, date), rateOn(CLEARING_FEE_CAP, date));
    if (!isSold) continue;
    activity += leg.quantity * rateOn(TRADING_ACTIVITY_FEE, date);
    const contract = optionContract(leg.symbol);
    if (contract.settlement === 'physical') proceeds += notional(leg.price, leg.quantity, contract.multiplier);
  }
  const regulatoryFee = wholeCents(contracts * rateOn(OPTIONS_REGULATORY_FEE, date));
  const clearingFee = wholeCents(clearing);
  const tradingActivityFee = wholeCents(activity);
  const section31Fee = wholeCents(((proceeds / MICROS_PER_USD) * rateOn(SECTION_31, date)) / 1e6);
  return {
    regulatory: regulatoryFee,
    clearing: clearingFee,
    tradingActivity: tradingActivityFee,
    section31: section31Fee,
    total: usdFromMicros(regulatoryFee + clearingFee + tradingActivityFee + section31Fee),
  };
}

/**
 * What `execution` costs in fees when it happens on `date`: the one function by which the exchange charges and the ledger books.
 * The multiplier is the one the option's root implies. Shares cost the fees of their sale only.
 */
export function feesFor(execution: Execution, date: MarketDate): Usd {
  return feeBreakdown(execution, date).total;
}

/** Dollars up to the next whole cent. A millionth of a cent is forgiven, so that binary noise does not cost one. */
function wholeCents(dollars: number): Usd {
  return usdFromMicros(Math.ceil(dollars * 100 - 1e-6) * MICROS_PER_CENT);
}
