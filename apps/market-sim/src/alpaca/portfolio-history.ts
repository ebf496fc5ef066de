import { MICROS_PER_MINUTE, MICROS_PER_SECOND, type Micros, type Usd, micros, usdToNumber } from '@trading-agent/core';
import type { Context } from 'hono';
import { jsonResponse } from '../http/json.ts';
import type { Simulation } from '../market/simulation.ts';
import { instantOf } from './query.ts';
import { badParameter } from './replies.ts';

const FRAMES: Readonly<Record<string, number>> = { '1Min': 1, '5Min': 5, '15Min': 15, '1H': 60, '1D': 24 * 60 };
const DAYS: Readonly<Record<string, number>> = { D: 1, W: 7, M: 31, A: 366 };

/**
 * `GET /v2/account/portfolio/history`: equity per `timeframe`, the last value of each, as JSON numbers. Profit is against the equity before the first
 * point (`base_value`).
 */
export function portfolioHistory(context: Context, simulation: Simulation): Response {
  const query = context.req.query();
  const period = query['period'] ?? '1M';
  const frame = query['timeframe'] ?? (period.endsWith('D') ? '1Min' : '1D');
  const minutes = FRAMES[frame];
  if (minutes === undefined) throw badParameter(`invalid timeframe ${frame}`);
  const end = instantOf('end', query) ?? instantOf('date_end', query) ?? simulation.now;
  const start = instantOf('start', query) ?? before(end, period);
  const width = minutes * MICROS_PER_MINUTE;
  const points = new Map<number, Usd>();
  let base = simulation.startCash;
  for (const { at, equity } of [...simulation.equityCurve, { at: simulation.now, equity: simulation.account.equity }]) {
    if (at < start) base = equity;
    else if (at <= end) points.set(Math.floor(at / width), equity);
  }
  const values = [...points.values()].map(usdToNumber);
  const first = usdToNumber(base);
  const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
  return jsonResponse(context, {
    timestamp: [...points.keys()].map((slot) => (slot * width) / MICROS_PER_SECOND),
    equity: values.map((value) => round(value, 2)),
    profit_loss: values.map((value) => round(value - first, 2)),
    profit_loss_pct: values.map((value) => (first === 0 ? null : round(value / first - 1, 6))),
    base_value: round(first, 2),
    timeframe: frame,
  });
}

function before(end: Micros, period: string): Micros {
  const [, count, unit = ''] = /^(\d{1,3})([DWMA])$/.exec(period) ?? [];
  const days = DAYS[unit];
  if (count === undefined || days === undefined) throw badParameter(`invalid period ${period}`);
  return micros(end - Number(count) * days * FRAME_OF_DAY);
}

const FRAME_OF_DAY = 24 * 60 * MICROS_PER_MINUTE;
