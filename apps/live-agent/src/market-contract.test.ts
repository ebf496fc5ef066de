import { type AlpacaBroker, createAlpacaBroker } from '@trading-agent/alpaca';
import type { MarketFeed } from '@trading-agent/market-data';
import { brokerContract, Collected, type QuotedContract } from '@trading-agent/testkit';
import { createPolygonFeed } from '@trading-agent/polygon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, formatRfc3339, marketDate, micros, systemClock } from '@trading-agent/core';
import { connect, type MarketEndpoints, simulatorEndpoints } from './connections.ts';
import { type MarketProcess, startMarketProcess } from './market-process.ts';
import type { PacedStep } from './pacing/pacer.ts';
import { MARKET_SIM } from './simulated-market.ts';
import { silentLog } from './testing/silent-log.ts';

const DATE = marketDate('2026-03-02');
/** The market stands still here, some minutes after the open. */
const STANDING = 5;

type ConnectionState = Parameters<Parameters<AlpacaBroker['connection']['forEach']>[0]>[0];

let market: MarketProcess;
let endpoints: MarketEndpoints;
beforeAll(async () => {
  market = await startMarketProcess(
    MARKET_SIM,
    [`--date=${DATE}`, '--symbols=SPY', '--seed=3', '--speed=max', '--balance=100000', '--port=0'],
    silentLog,
  );
  endpoints = simulatorEndpoints(market.url, market.wsUrl);
});
afterAll(() => market.stop());

/** Winds the market back to its beginning and lets it run to where it stands still. */
async function standing() {
  const connections = connect(endpoints, silentLog);
  const { feed, pacer } = connections;
  const steps = new Collected<PacedStep>(pacer.steps);
  const session = await pacer.attach(-1);
  await feed.connect();
  pacer.ready();
  for (let step = 0; step < STANDING; step++) {
    await steps.until((all) => all.length > step);
    pacer.acknowledge(step);
  }
  await steps.until((all) => all.length > STANDING);
  const close = async (): Promise<void> => {
    await pacer.close();
    await feed.close();
  };
  return { ...connections, session, steps, close };
}

/** Two calls of one expiry, lower strike first, well quoted. */
async function twoCalls(feed: MarketFeed): Promise<readonly [QuotedContract, QuotedContract]> {
  const rows = await feed.chainSnapshot({
    underlying: 'SPY',
    asOf: DATE,
    expiryFrom: DATE,
    expiryTo: addDays(DATE, 60),
  });
  const quoted = rows.flatMap(({ contract, quote }) => {
    if (contract.right !== 'call' || quote === null || quote.bid === null || quote.ask === null) return [];
    if (quote.bidSize < 5 || quote.askSize < 5 || quote.bid < 0.5) return [];
    return [{ ...contract, bid: quote.bid, ask: quote.ask }];
  });
  for (const lower of quoted) {
    const higher = quoted.find(
      ({ expiry, strike, bid, ask }) =>
        expiry === lower.expiry && strike > lower.strike && lower.bid > ask + 0.05 && bid > 0.5,
    );
    if (higher !== undefined) return [lower, higher];
  }
  throw new Error('The synthetic market quotes no two calls');
}

brokerContract('alpaca adapter against the market-sim process', async () => {
  const at = await standing();
  const [lower, higher] = await twoCalls(at.feed);
  const broker = createAlpacaBroker({ ...endpoints.alpaca, clock: systemClock });
  const connection = new Collected<ConnectionState>(broker.connection);
  return {
    broker,
    underlying: 'SPY',
    lower,
    higher,
    since: formatRfc3339(at.session.open),
    listening: async () => {
      await connection.until((all) => all.some(({ state }) => state === 'listening'));
    },
    close: async () => {
      connection.stop();
      await at.close();
    },
  };
});

describe('feed contract: polygon adapter against the market-sim process', () => {
  it('lists contracts as they are snapshot, in the window that was asked for', async () => {
    const feed = createPolygonFeed({ ...endpoints.polygon, clock: systemClock });
    const query = { underlying: 'SPY', asOf: DATE, expiryFrom: DATE, expiryTo: addDays(DATE, 30) };
    const contracts = await feed.contracts(query);
    expect(contracts.length).toBeGreaterThan(100);
    for (const { expiry } of contracts) expect(expiry >= query.expiryFrom && expiry <= query.expiryTo).toBe(true);
    const snapshot = await feed.chainSnapshot(query);
    expect(snapshot.map(({ contract }) => contract)).toEqual(contracts);
    expect(await feed.contracts({ ...query, underlying: 'NOSUCH' }).catch((error: unknown) => error)).toEqual(
      expect.toSatisfy((answer) => (Array.isArray(answer) ? answer.length === 0 : answer.code === 'FEED_NOT_FOUND')),
    );
    await feed.close();
  });

  it('gives minute bars of the day before, oldest first, and of today nothing that has not happened', async () => {
    const { feed, session, steps, close } = await standing();
    const now = steps.values.at(-1)?.at ?? micros(0);
    const bars = await feed.minuteBars('SPY', addDays(DATE, -3), DATE);
    expect(bars.length).toBeGreaterThan(390);
    expect(bars.map(({ start }) => start)).toEqual(bars.map(({ start }) => start).toSorted((a, b) => a - b));
    expect(bars.filter(({ end }) => end > now)).toEqual([]);
    expect(bars.filter(({ start }) => start >= session.open).length).toBeGreaterThan(0);
    await close();
  });

  it('streams what was subscribed to and nothing else, each event in the step that it belongs to', async () => {
    const { feed, pacer, steps, close } = await standing();
    const [lower, higher] = await twoCalls(feed);
    await feed.subscribeBars(['SPY']);
    await feed.selectQuotes([lower.symbol]);
    for (let step = STANDING; step < STANDING + 10; step++) {
      pacer.acknowledge(step);
      await steps.until((all) => all.length > step + 1);
    }
    const after = steps.values.slice(STANDING + 1);
    const symbols = new Set(after.flatMap(({ quotes }) => quotes.map(({ symbol }) => symbol)));
    expect([...symbols]).toEqual([lower.symbol]);
    expect(symbols.has(higher.symbol)).toBe(false);
    for (const { at, quotes, bars } of after) {
      for (const quote of quotes) expect(quote.at).toBeLessThanOrEqual(at);
      for (const bar of bars) expect(bar.end).toBeLessThanOrEqual(at);
    }
    expect(after.flatMap(({ bars }) => bars).length).toBeGreaterThan(5);
    expect(steps.values.slice(0, STANDING).every(({ quotes, bars }) => quotes.length + bars.length === 0)).toBe(true);
    await close();
  });

  it('a wrong key is refused by REST and by the stream', async () => {
    const feed = createPolygonFeed({ ...endpoints.polygon, apiKey: 'wrong', clock: systemClock });
    await expect(feed.minuteBars('SPY', DATE, DATE)).rejects.toMatchObject({ code: 'FEED_AUTH' });
    await expect(feed.connect()).rejects.toMatchObject({ code: 'FEED_AUTH' });
    await feed.close();
  });
});
