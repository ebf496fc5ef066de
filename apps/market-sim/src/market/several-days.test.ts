import { nyInstant, requireSession } from '@trading-agent/calendar';
import { type MarketDate, marketDate, micros, MICROS_PER_MINUTE, usd } from '@trading-agent/core';
import { type OptionSymbol, type Order, optionContract } from '@trading-agent/instruments';
import type { MarketDay } from '@trading-agent/market-data';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type MarketSim, startMarketSim } from '../server.ts';
import { DEFAULT_KEYS, type MarketSimOptions } from '../options.ts';
import { Lockstep, broker, dataOf, get, listening, row, rows } from '../testing/sessions.ts';
import { RequestJournal } from './request-journal.ts';
import { Simulation } from './simulation.ts';

const CALL = optionContract('GOOG160108C00740000').symbol;
const LATER = optionContract('GOOG160115C00740000').symbol;
const [THURSDAY, FRIDAY, MONDAY] = ['2016-01-07', '2016-01-08', '2016-01-11'].map(marketDate);

/** Three minutes and the close, the stock at `spot`, both calls quoted around `price`. */
function dayOf(date: MarketDate | undefined, spot: number, price: number): MarketDay {
  const day = date ?? marketDate('2016-01-07');
  const session = requireSession(day);
  const at = (minute: number) => micros(nyInstant(day, '09:30') + minute * MICROS_PER_MINUTE);
  const quote = (symbol: OptionSymbol, minute: number, bid: number) => {
    return { symbol, at: at(minute), bid, bidSize: 10, ask: bid + 0.2, askSize: 10 };
  };
  const minutes = [1, 2, 3].map((minute) => ({
    at: at(minute),
    quotes: [quote(CALL, minute, price), quote(LATER, minute, price + 5)],
    bars: [
      {
        symbol: 'GOOG',
        start: at(minute - 1),
        end: at(minute),
        open: spot,
        high: spot,
        low: spot,
        close: spot,
        volume: 9,
      },
    ],
    trades: [],
  }));
  return {
    date: day,
    underlyings: ['GOOG'],
    contracts: [CALL, LATER].map((symbol) => optionContract(symbol)),
    steps: [...minutes, { at: session.close, quotes: [], bars: [], trades: [] }],
    history: [],
    quarantined: [],
    quarantinedTotal: 0,
  };
}
const DAYS = [dayOf(THURSDAY, 750, 10), dayOf(FRIDAY, 760, 20), dayOf(MONDAY, 765, 25)] as const;

function buy(symbol: OptionSymbol, clientOrderId: string): Order {
  const legs = [{ symbol, ratio: 1, intent: 'buy_to_open' } as const];
  return { clientOrderId, underlying: 'GOOG', legs, quantity: 1, type: 'market', limit: null, timeInForce: 'day' };
}

let close: (() => Promise<void>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});
async function start(options: Partial<MarketSimOptions> = {}): Promise<MarketSim> {
  const [day, ...furtherDays] = DAYS;
  const sim = await startMarketSim({
    market: 'replay',
    date: day.date,
    symbols: ['GOOG'],
    balance: usd(100_000),
    seed: 7,
    speed: 'max',
    port: 0,
    day,
    furtherDays,
    ...options,
  });
  close = () => sim.close();
  return sim;
}
const clock = (sim: MarketSim, command: object) =>
  get(`${sim.url}/admin/clock`, { method: 'POST', body: JSON.stringify(command) });

describe('a market of several days', () => {
  it('carries positions overnight, exercises at expiry and tells of it the next session', async () => {
    const sim = await start();
    await clock(sim, { command: 'step', steps: 1 });
    await broker(sim, 'POST', '/v2/orders', {
      symbol: CALL,
      qty: 1,
      side: 'buy',
      type: 'market',
      time_in_force: 'day',
    });
    await clock(sim, { command: 'step', steps: 3 });
    await clock(sim, { command: 'next-day' });
    await clock(sim, { command: 'step', steps: 1 });
    const [held] = rows(await broker(sim, 'GET', '/v2/positions'));
    expect(held).toMatchObject({ symbol: CALL, qty: '1', lastday_price: '10.1', current_price: '20.1' });
    expect(held).toMatchObject({ unrealized_pl: '990', unrealized_intraday_pl: '1000' });
    await clock(sim, { command: 'step', steps: 3 });
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toMatchObject([
      { symbol: 'GOOG', qty: '100', asset_class: 'us_equity', avg_entry_price: '740' },
    ]);
    const types = async (): Promise<unknown[]> =>
      rows(await broker(sim, 'GET', '/v2/account/activities')).map((activity) => activity['activity_type']);
    expect(await types()).toEqual(['FEE', 'FEE', 'FILL']);
    await clock(sim, { command: 'next-day' });
    expect((await types()).slice(0, 2)).toEqual(['OPTRD', 'OPEXC']);
    const account = row((await broker(sim, 'GET', '/v2/account')).json);
    expect(Number(account['initial_margin'])).toBe(38_000);
    expect((await clock(sim, { command: 'next-day' })).status).toBe(400);
  });

  it('a client that keeps step attaches to each day anew', async () => {
    const sim = await start();
    for (const date of [THURSDAY, FRIDAY]) {
      const client = await Lockstep.attach(sim);
      expect(client.attached).toMatchObject({ steps: 4, session: { date } });
      expect(await client.runTo(3)).toMatchObject({ type: 'step', step: 3 });
      expect(await client.ack(3)).toEqual({ type: 'end' });
      await client.socket.close();
      await clock(sim, { command: 'next-day' });
    }
    expect(row((await clock(sim, { command: 'step' })).json)).toMatchObject({ step: 0, steps: 4 });
  });

  it('stands again on its second day after it was killed', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'several-days-'));
    try {
      const first = await start({ stateDir });
      await clock(first, { command: 'step', steps: 2 });
      const order = { symbol: LATER, qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };
      await broker(first, 'POST', '/v2/orders', { ...order, client_order_id: 'one' });
      await clock(first, { command: 'step', steps: 2 });
      await clock(first, { command: 'next-day' });
      await clock(first, { command: 'step', steps: 1 });
      await broker(first, 'POST', '/v2/orders', { ...order, client_order_id: 'two' });
      const paths = ['/v2/orders?status=all', '/v2/positions', '/v2/account', '/v2/account/activities'];
      const before = await Promise.all(paths.map(async (path) => (await broker(first, 'GET', path)).json));
      await first.close();
      const second = await start({ stateDir, resume: true });
      expect(await Promise.all(paths.map(async (path) => (await broker(second, 'GET', path)).json))).toEqual(before);
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it('a running clock goes from one day to the next by itself', async () => {
    const sim = await start({ speed: 1e9 });
    for (let looks = 0; looks < 2_000; looks += 1) {
      const { step, at } = row((await get(`${sim.url}/admin/clock`)).json);
      if (step === 3 && at === DAYS[2].steps[3]?.at) break;
    }
    expect(row((await broker(sim, 'GET', '/v2/clock')).json)['timestamp']).toContain('2016-01-11T16:00');
  });
});

describe('the broker', () => {
  it('sells what could not be paid for in the last hour: an order nobody placed, on the stream and in the books', async () => {
    const morning = dayOf(FRIDAY, 760, 20);
    const close = requireSession(morning.date).close;
    const late = micros(close - 30 * MICROS_PER_MINUTE);
    const quote = { symbol: CALL, at: late, bid: 19, bidSize: 10, ask: 19.4, askSize: 10 };
    const steps = [
      ...morning.steps.slice(0, 3),
      { at: late, quotes: [quote], bars: [], trades: [] },
      { at: close, quotes: [], bars: [], trades: [] },
    ];
    const sim = await start({ date: morning.date, day: { ...morning, steps }, furtherDays: [], balance: usd(5_000) });
    const stream = await listening(sim);
    await clock(sim, { command: 'step', steps: 1 });
    const order = { symbol: CALL, qty: 1, side: 'buy', type: 'market', time_in_force: 'day', client_order_id: 'mine' };
    await broker(sim, 'POST', '/v2/orders', order);
    await clock(sim, { command: 'step', steps: 3 });
    const told = (await stream.take(4)).map(dataOf);
    expect(told.map(({ event }) => event)).toEqual(['new', 'fill', 'new', 'fill']);
    expect(row(told[3]?.['order'])).toMatchObject({ side: 'sell', source: 'system', filled_avg_price: '19' });
    expect(row(told[3]?.['order'])['client_order_id']).not.toBe('mine');
    expect(told[3]).toMatchObject({ position_qty: '0' });
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toEqual([]);
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=closed'))).toHaveLength(2);
  });
});

describe('a simulation', () => {
  it('wound back on its second day forgets what was asked later, not what was asked on the first', () => {
    const sim = new Simulation({
      day: DAYS[0],
      session: requireSession(DAYS[0].date),
      accountNumber: 'A',
      cash: usd(100_000),
      journal: RequestJournal.inMemory(),
      key: DEFAULT_KEYS.keyId,
    });
    sim.advance();
    sim.submit(buy(CALL, 'first'));
    while (sim.advance());
    sim.openNextDay(DAYS[1], requireSession(DAYS[1].date));
    sim.submit(buy(LATER, 'morning'));
    sim.advance();
    sim.submit(buy(LATER, 'second'));
    const state = [sim.account, sim.positions, sim.orders.records()];
    expect(sim.rebuild(0).forgotten).toBe(0);
    expect([sim.account, sim.positions, sim.orders.records()]).toEqual(state);
    expect(sim.rebuild(-1).forgotten).toBe(1);
    expect(sim.positions.map(({ symbol, quantity }) => [symbol, quantity])).toEqual([[CALL, 1]]);
    expect(() => sim.openNextDay(DAYS[2], requireSession(DAYS[2].date))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
