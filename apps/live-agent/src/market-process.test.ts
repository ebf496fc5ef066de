import { loadSettings } from '@trading-agent/config';
import { marketDate } from '@trading-agent/core';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { syntheticKnowledge } from '@trading-agent/backtest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from './connections.ts';
import { startMarketProcess } from './market-process.ts';
import { MARKET_SIM, openSimulatedMarket, type SimulatedMarketOptions } from './simulated-market.ts';
import { silentLog } from './testing/silent-log.ts';

describe('a market process', () => {
  it('serves until it is stopped, which may be said twice', async () => {
    const market = await startMarketProcess(MARKET_SIM, ['--port=0', '--speed=max'], silentLog);
    expect((await fetch(`${market.url}/v2/account`)).status).toBe(401);
    await market.stop();
    await market.stop();
    await expect(fetch(`${market.url}/v2/account`)).rejects.toThrow('fetch failed');
  });

  it('says so when it is killed', async () => {
    const market = await startMarketProcess(MARKET_SIM, ['--port=0', '--speed=max'], silentLog);
    process.kill(market.pid ?? 0, 'SIGKILL');
    await expect(market.failed).rejects.toMatchObject({
      code: 'FEED_UNAVAILABLE',
      message: expect.stringContaining('SIGKILL'),
    });
    await market.stop();
  });

  it.each([
    [['--date=2026-07-04', '--port=0'], 'NOT_A_SESSION'],
    [['--market=replay', '--data=./nowhere', '--date=2015-12-24', '--port=0'], 'DATA_FOLDER_MISSING'],
    [['--fly'], 'USAGE'],
  ] as const)('hands its own error on: %j', async (args, code) => {
    await expect(startMarketProcess(MARKET_SIM, args, silentLog)).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it('that is no market at all is an error, not a hang', async () => {
    await expect(startMarketProcess('./no-such-program.ts', [], silentLog)).rejects.toMatchObject({
      code: 'FEED_UNAVAILABLE',
      message: expect.stringContaining('exit code 1'),
    });
  });
});

const { strategies } = loadSettings({ env: {}, cwd: import.meta.dirname });

describe('a simulated market', () => {
  let temporary: TemporaryStore;
  let options: SimulatedMarketOptions;
  beforeAll(async () => {
    temporary = await temporaryStore();
    options = {
      source: { kind: 'sim' },
      date: marketDate('2026-03-02'),
      symbols: ['SPY'],
      balance: 25_000,
      seed: 3,
      speed: 'max',
      resume: false,
      strategies,
      dataDir: temporary.dataDir,
      store: temporary.store,
      log: silentLog,
    };
  });
  afterAll(() => temporary.remove());

  it('is one account, held by one process; another seed is another account', async () => {
    const market = await openSimulatedMarket(options);
    try {
      const { broker } = connect(market.endpoints, silentLog);
      expect((await broker.account()).accountNumber).toBe(market.account);
      const known = await market.knowledge(['SPY'], options.date, new Map());
      const inProcess = syntheticKnowledge({ seed: options.seed, kind: 'synthetic' }, strategies);
      expect(known).toEqual(await inProcess(['SPY'], options.date));
      expect(known.events?.['SPY']?.dividends.length).toBeGreaterThan(0);
      await expect(openSimulatedMarket(options)).rejects.toMatchObject({ code: 'ACCOUNT_LOCKED' });
      const other = await openSimulatedMarket({ ...options, seed: 4 });
      expect(other.account).not.toBe(market.account);
      await other.close();
    } finally {
      await market.close();
    }
  });

  it('begun anew it leaves nothing to be resumed; resumed it leaves the session open', async () => {
    const { store } = temporary;
    const first = await openSimulatedMarket(options);
    const { account } = first;
    await first.close();
    const { id } = await store.sessions.start({ account, date: options.date, mode: 'sim', settings: {} });
    const resumed = await openSimulatedMarket({ ...options, resume: true });
    await resumed.close();
    expect((await store.sessions.get(id))?.status).toBe('running');
    const anew = await openSimulatedMarket(options);
    await anew.close();
    expect(await store.sessions.get(id)).toMatchObject({ status: 'finished', result: { abandoned: true } });
  });

  it('a market that does not start gives its account back', async () => {
    const wrong = { ...options, date: marketDate('2026-07-04'), seed: 5 };
    await expect(openSimulatedMarket(wrong)).rejects.toMatchObject({ code: 'NOT_A_SESSION' });
    await expect(openSimulatedMarket(wrong)).rejects.toMatchObject({ code: 'NOT_A_SESSION' });
  });
});
