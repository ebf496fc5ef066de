import { nyDate, session as sessionOn } from '@trading-agent/calendar';
import {
  type Micros,
  type Usd,
  formatRfc3339,
  isTradingError,
  notional,
  subtractUsd,
  usdToNumber,
} from '@trading-agent/core';
import { parseOptionSymbol } from '@trading-agent/instruments';
import type {
  AlertJson,
  DecisionJson,
  EquityPointJson,
  ExecutionJson,
  OrderJson,
  PositionJson,
  StatusJson,
} from './schemas.ts';
import type {
  AlertReading,
  DecisionReading,
  EquityReading,
  ExecutionReading,
  OrderReading,
  PositionReading,
  SessionReading,
} from './source.ts';

const money = (amount: Usd | null): number | null => (amount === null ? null : usdToNumber(amount));
const time = (at: Micros | null): string | null => (at === null ? null : formatRfc3339(at));

function contractOf(symbol: string): PositionJson['contract'] {
  try {
    return parseOptionSymbol(symbol);
  } catch (error) {
    if (isTradingError(error, 'INVALID_SYMBOL')) return null;
    throw error;
  }
}

/** Where in its day the New York market stood at `at`. `closed` is a day without session. */
export function marketPhase(at: Micros): { phase: 'pre' | 'open' | 'post' | 'closed'; halfDay: boolean } {
  const day = sessionOn(nyDate(at));
  if (!day) return { phase: 'closed', halfDay: false };
  return { phase: at < day.open ? 'pre' : at < day.close ? 'open' : 'post', halfDay: day.half };
}

export function statusJson(reading: SessionReading | null): StatusJson {
  if (reading === null) {
    return {
      session: null,
      account: null,
      tier: null,
      mode: null,
      market: null,
      phase: null,
      halfDay: null,
      equity: null,
      cash: null,
      startEquity: null,
      dayProfit: null,
      dayReturn: null,
      lastStepAt: null,
      halted: null,
    };
  }
  const { equity, startEquity, lastStepAt, halted } = reading;
  const profit = equity === null || startEquity === null ? null : usdToNumber(subtractUsd(equity, startEquity));
  const phase = lastStepAt === null ? null : marketPhase(lastStepAt);
  return {
    session: {
      id: reading.sessionId,
      date: reading.date,
      state: reading.state,
      startedAt: formatRfc3339(reading.startedAt),
      endedAt: time(reading.endedAt),
    },
    account: reading.account,
    tier: reading.tier,
    mode: reading.mode,
    market: reading.market,
    phase: phase?.phase ?? null,
    halfDay: phase?.halfDay ?? null,
    equity: money(equity),
    cash: money(reading.cash),
    startEquity: money(startEquity),
    dayProfit: profit,
    dayReturn: profit === null || startEquity === null || startEquity === 0 ? null : profit / usdToNumber(startEquity),
    lastStepAt: time(lastStepAt),
    halted: halted && { reason: halted.reason, at: time(halted.at) },
  };
}

export function positionJson(reading: PositionReading): PositionJson {
  return {
    symbol: reading.symbol,
    contract: contractOf(reading.symbol),
    quantity: reading.quantity,
    averagePrice: reading.averagePrice,
    mark: reading.mark,
    multiplier: reading.multiplier,
    marketValue:
      reading.mark === null ? null : usdToNumber(notional(reading.mark, reading.quantity, reading.multiplier)),
    unrealized: money(reading.unrealized),
  };
}

export function orderJson(reading: OrderReading): OrderJson {
  return {
    clientOrderId: reading.clientOrderId,
    at: formatRfc3339(reading.at),
    underlying: reading.underlying,
    strategy: reading.strategy,
    legs: reading.legs.map((leg) => ({ ...leg, contract: contractOf(leg.symbol) })),
    quantity: reading.quantity,
    filled: reading.filled,
    type: reading.type,
    limit: reading.limit,
    status: reading.status,
    reason: reading.reason,
  };
}

export function executionJson(reading: ExecutionReading): ExecutionJson {
  return {
    executionId: reading.executionId,
    clientOrderId: reading.clientOrderId,
    at: formatRfc3339(reading.at),
    quantity: reading.quantity,
    legs: reading.legs.map((leg) => ({ ...leg, contract: contractOf(leg.symbol) })),
    fees: usdToNumber(reading.fees),
    realized: usdToNumber(reading.realized),
  };
}

export function equityJson(reading: EquityReading): EquityPointJson {
  return { at: formatRfc3339(reading.at), equity: usdToNumber(reading.equity) };
}

export function decisionJson(reading: DecisionReading): DecisionJson {
  return { ...reading, at: formatRfc3339(reading.at), reasons: [...reading.reasons] };
}

export function alertJson(reading: AlertReading): AlertJson {
  return { ...reading, at: formatRfc3339(reading.at) };
}
