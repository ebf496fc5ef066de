import { Backtest, syntheticActions, syntheticKnowledge } from '@trading-agent/backtest';
import { nextSession, requireSession } from '@trading-agent/calendar';
import { marketDate, seededRandom, usd } from '@trading-agent/core';
import { engineConfig, type RunReport } from '@trading-agent/engine';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { generateMarketDay } from '@trading-agent/synthetic';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storySettings } from './testing/story-settings.ts';
import {
  type DayOptions,
  type Kill,
  ordersReceived,
  randomKill,
  sharesSold,
  tradeKilled,
  tradeUnbroken,
} from './testing/synthetic-day.ts';

// The long version: node tools/chaos/kill-and-resume.ts --rounds 50 --seed 1
const SEED = 20261224;

describe('kill -9 at random moments', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it(`of agent and market: the day ends as the unbroken one, nothing is sent twice (seed ${SEED})`, async () => {
    const { store, databaseUrl, dataDir } = temporary;
    const day: DayOptions = {
      databaseUrl,
      dataDir,
      // A half day is as good to be killed in.
      date: '2026-12-24',
      symbols: ['SPY'],
      balance: 25_000,
      seed: 21,
    };
    const random = seededRandom(SEED);
    // The two most delicate moments for certain: an order has just reached the market, whose answer nobody has seen.
    const kills: Kill[] = [
      { victim: 'agent', after: { requests: 1 }, laterMicros: 0 },
      { victim: 'market', after: { requests: 1 }, laterMicros: 0 },
      randomKill(random),
      randomKill(random),
    ];
    const unbroken = await tradeUnbroken(day);
    const broken = await tradeKilled(day, kills);
    expect(broken.kills).toHaveLength(kills.length);
    expect(broken.outcome.reports).toEqual(unbroken.reports);
    const received = ordersReceived(day, broken.outcome.account);
    expect(received).toHaveLength(unbroken.reports.flatMap(({ orders }) => orders).length);
    expect(new Set(received).size).toBe(received.length);
    expect(await store.outbox.list(broken.outcome.sessionId, ['pending', 'sending', 'abandoned'])).toEqual([]);
    expect(await store.sessions.get(broken.outcome.sessionId)).toMatchObject({
      status: 'finished',
      result: broken.outcome.reports[0],
    });
    expect(await store.audit.verify()).toMatchObject({ intact: true });
  });

  it('amid the sale of shares that an assignment has brought, two sessions after it was begun: none is sold twice, none is left', async () => {
    const { databaseUrl, dataDir } = temporary;
    const day: DayOptions = {
      databaseUrl,
      dataDir,
      // The second session is a half day.
      date: '2026-11-25',
      sessions: 3,
      story: 'flattened-shares',
      symbols: ['INTC'],
      balance: 25_000,
      seed: 7,
    };
    // An order to sell has reached the market, and nobody has seen its answer; then anywhere near.
    const kills: Kill[] = [
      { victim: 'agent', after: { shareOrders: 1 }, laterMicros: 0 },
      { victim: 'market', after: { steps: 2 }, laterMicros: 500 },
    ];
    const broken = await tradeKilled(day, kills);
    expect(broken.kills).toHaveLength(kills.length);
    const reports = await inProcess(day, broken.outcome.account);
    expect(broken.outcome.reports).toEqual(reports);
    const shareOrders = reports[2]?.orders.filter(({ strategy }) => strategy === 'shares') ?? [];
    expect(shareOrders.map(({ filled }) => filled)).toEqual([100, 100]);
    expect(reports[1]?.positions).toHaveLength(1);
    expect([sharesSold(reports), reports[2]?.positions]).toEqual([200, []]);
    const received = ordersReceived(day, broken.outcome.account);
    expect(new Set(received).size).toBe(received.length);
    expect(received).toHaveLength(reports.flatMap(({ orders }) => orders).length);
  });
});

/** The same days in process, where nothing can be killed: tools/chaos compares with undisturbed ones over sockets. */
async function inProcess(day: DayOptions, accountNumber: string): Promise<readonly RunReport[]> {
  const { balance, seed, sessions = 1 } = day;
  const symbols = [...day.symbols];
  const settings = storySettings(day);
  const dates = [marketDate(day.date)];
  while (dates.length < sessions) dates.push(nextSession(dates.at(-1) ?? marketDate(day.date)));
  const last = dates.at(-1) ?? marketDate(day.date);
  const knowledge = syntheticKnowledge({ seed, kind: 'synthetic' }, settings.strategies);
  const account = new Backtest({
    underlyings: symbols,
    cash: usd(balance),
    accountNumber,
    engine: engineConfig(settings, seed),
    corporateActions: syntheticActions(symbols, seed, marketDate(day.date), last),
  });
  const reports: RunReport[] = [];
  for (const date of dates) {
    const made = generateMarketDay({ date, underlyings: symbols, seed, kind: 'synthetic' });
    const stop = { command: 'flatten', by: 'kill-switch', reason: 'ann: enough' } as const;
    const known = await knowledge(symbols, date);
    reports.push(account.run(made, requireSession(date), { known, ...(date === last ? { stop } : {}) }).report);
  }
  return reports;
}
