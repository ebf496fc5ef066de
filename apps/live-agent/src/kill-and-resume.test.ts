import { seededRandom } from '@trading-agent/core';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DayOptions,
  type Kill,
  ordersReceived,
  randomKill,
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
      symbols: ['AAPL', 'SPY'],
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
    expect(broken.outcome.report).toEqual(unbroken.report);
    const received = ordersReceived(day, broken.outcome.account);
    expect(received).toHaveLength(unbroken.report.orders.length);
    expect(new Set(received).size).toBe(received.length);
    expect(await store.outbox.list(broken.outcome.sessionId, ['pending', 'sending', 'abandoned'])).toEqual([]);
    expect(await store.sessions.get(broken.outcome.sessionId)).toMatchObject({
      status: 'finished',
      result: broken.outcome.report,
    });
    expect(await store.audit.verify()).toMatchObject({ intact: true });
  }, 120_000);
});
