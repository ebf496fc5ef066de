import { existsSync } from 'node:fs';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate, micros } from '@trading-agent/core';
import { optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { dayHoles, describeHole } from './day-holes.ts';
import type { MarketDay, MarketStep } from './market-day.ts';
import { loadRecordedDay } from './recorded-day.ts';

const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;
const DATE = marketDate('2015-12-23');
const contract = optionContract('GOOG160115C00740000');

/** A day of GOOG with a quote and a bar each minute from 09:31 to 16:00, but for what `without` names. */
function day(without: (minute: string) => { readonly quote?: boolean; readonly bar?: boolean }): MarketDay {
  const steps: MarketStep[] = [];
  for (let minute = 1; minute <= 390; minute++) {
    const at = micros(nyInstant(DATE, '09:30') + minute * 60_000_000);
    const clock = `${String(9 + Math.floor((30 + minute) / 60)).padStart(2, '0')}:${String((30 + minute) % 60).padStart(2, '0')}`;
    const absent = without(clock);
    const quote = { symbol: contract.symbol, at, bid: 1, bidSize: 1, ask: 2, askSize: 1 };
    const bar = { symbol: 'GOOG', start: at, end: at, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    steps.push({ at, quotes: absent.quote ? [] : [quote], bars: absent.bar ? [] : [bar], trades: [] });
  }
  const facts = { date: DATE, underlyings: ['GOOG'], contracts: [contract], history: [] };
  return { ...facts, steps, quarantined: [], quarantinedTotal: 0 };
}

const told = (holes: ReturnType<typeof dayHoles>): readonly string[] =>
  holes
    .map(describeHole)
    .map(({ what, underlying, from, to }) => `${what} ${underlying} ${from.slice(11, 16)} ${to.slice(11, 16)}`);

describe('holes of a day', () => {
  it('are none when each minute is told, nor when some are not', () => {
    expect(dayHoles(day(() => ({})))).toEqual([]);
    expect(
      dayHoles(day((minute) => ({ quote: minute.endsWith('7'), bar: minute >= '12:00' && minute < '12:13' }))),
    ).toEqual([]);
  });

  it('are silences of a quarter of an hour, also at the beginning and at the end', () => {
    const holes = dayHoles(
      day((minute) => ({ quote: minute >= '12:00' && minute < '12:30', bar: minute < '09:45' || minute > '15:40' })),
    );
    expect(told(holes)).toEqual(['bars GOOG 14:30 14:45', 'option-quotes GOOG 16:59 17:30', 'bars GOOG 20:40 21:00']);
  });

  it('are the whole session where nothing is told', () => {
    expect(told(dayHoles(day(() => ({ quote: true }))))).toEqual(['option-quotes GOOG 14:30 21:00']);
  });
});

it.skipIf(!existsSync(SHARED))(
  'real days: GOOG of 2015-12-24 is whole, that of the 28th has quotes until 10:31 only',
  async () => {
    const of = async (date: string) =>
      told(dayHoles(await loadRecordedDay({ dataDir: SHARED, date: marketDate(date), underlyings: ['GOOG'] })));
    expect(await of('2015-12-24')).toEqual([]);
    expect(await of('2015-12-28')).toEqual(['option-quotes GOOG 15:31 21:00']);
  },
);
