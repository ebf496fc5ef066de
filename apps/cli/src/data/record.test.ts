import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTradingError, marketDate, systemClock } from '@trading-agent/core';
import type { Quote } from '@trading-agent/instruments';
import {
  type MarketStep,
  createMarketDataCollector,
  loadRecordedDay,
  recordFeed,
  recordedHoles,
} from '@trading-agent/market-data';
import { createPolygonFeed, createPolygonReference } from '@trading-agent/polygon';
import { generateMarketDay } from '@trading-agent/synthetic';
import { describe, expect, it } from 'vitest';
import { startSyntheticMarket } from '../testing/synthetic-market.ts';

const date = marketDate('2026-11-02');
const seed = 7;

interface AdminMessage {
  readonly type: 'attached' | 'step' | 'end';
  readonly step?: number;
}

/** Lets the whole day happen, a step as soon as the one before is over. */
async function runDay(wsUrl: string): Promise<void> {
  const socket = new WebSocket(`${wsUrl}/admin`);
  await new Promise<void>((resolve, reject) => {
    const send = (message: object): void => socket.send(JSON.stringify(message));
    socket.addEventListener('open', () => send({ type: 'attach', afterStep: -1 }));
    socket.addEventListener('error', () => reject(new Error('The admin channel failed')));
    socket.addEventListener('message', ({ data }) => {
      const message: AdminMessage = JSON.parse(String(data));
      if (message.type === 'attached') send({ type: 'ready' });
      else if (message.type === 'step') send({ type: 'ack', step: message.step });
      else resolve();
    });
  });
  socket.close();
}

function quotesOf(steps: readonly MarketStep[], symbols: ReadonlySet<string>): readonly Quote[] {
  return steps.flatMap(({ quotes }) => quotes.filter(({ symbol }) => symbols.has(symbol)));
}

describe('recording', () => {
  it('a day of market-sim replays with the same quotes and bars', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'recording-'));
    const market = await startSyntheticMarket({ date, symbols: 'SPY', seed });
    const vendor = { restUrl: market.url, apiKey: 'sim-key', clock: systemClock };
    const feed = createPolygonFeed({ ...vendor, socketUrl: market.wsUrl });
    const reference = createPolygonReference(vendor);
    const collector = createMarketDataCollector({ clock: systemClock, feed, vendor: reference });
    try {
      const recording = await recordFeed({
        market: collector,
        dir,
        date,
        underlyings: ['SPY'],
        clock: systemClock,
        maxContracts: 40,
        expiryDays: 30,
      });
      // The files of two recorders of one day would be each other's.
      const again = {
        market: collector,
        dir,
        date,
        underlyings: ['SPY'],
        clock: systemClock,
        maxContracts: 1,
        expiryDays: 30,
      };
      await expect(recordFeed(again)).rejects.toSatisfy((error) => isTradingError(error, 'LAKE_LOCKED'));
      const symbols = new Set<string>(recording.contracts.map(({ symbol }) => symbol));
      expect(symbols.size).toBe(40);
      const made = generateMarketDay({ date, underlyings: ['SPY'], seed });
      const expected = quotesOf(made.steps, symbols);
      await runDay(market.wsUrl);
      // What the market has sent may still be on its way.
      await expect.poll(() => recording.counts().quotes).toBe(expected.length);
      await recording.finish();
      const day = await loadRecordedDay({ dataDir: dir, date, underlyings: ['SPY'] });
      expect(quotesOf(day.steps, symbols)).toEqual(expected);
      const bars = (steps: readonly MarketStep[]) =>
        steps.flatMap((step) => step.bars.filter(({ symbol }) => symbol === 'SPY'));
      expect(bars(day.steps)).toEqual(bars(made.steps));
      expect(day.history.length).toBeGreaterThan(300);
      expect(day.quarantinedTotal).toBe(0);
      expect(recordedHoles(dir, date)).toEqual([]);
    } finally {
      await feed.close();
      await reference.close();
      market.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
