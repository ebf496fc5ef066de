import { isTradingError, usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { startMarketSim } from './server.ts';
import { Lockstep, broker, get, row } from './testing/sessions.ts';
import { TestSocket } from './testing/test-socket.ts';
import { DATE, startTinySim } from './testing/tiny-market.ts';

describe('a market', () => {
  it('runs by itself to the end of the day at a finite speed', async () => {
    const sim = await startTinySim({ speed: 1e9 });
    try {
      // Each answer comes from the same event loop as the steps: a bounded number of them is enough, however slow the machine.
      let open: unknown = true;
      for (let asked = 0; asked < 5_000 && open === true; asked += 1)
        open = row((await broker(sim, 'GET', '/v2/clock')).json)['is_open'];
      expect((await broker(sim, 'GET', '/v2/clock')).json).toMatchObject({
        timestamp: '2016-01-05T16:00:00-05:00',
        is_open: false,
        next_open: '2016-01-06T09:30:00-05:00',
      });
    } finally {
      await sim.close();
    }
  });

  it('ends every connection when it closes, and frees its port', async () => {
    const sim = await startTinySim();
    const client = await Lockstep.attach(sim);
    const stream = await TestSocket.connect(`${sim.wsUrl}/stream`);
    await sim.close();
    await Promise.all([client.socket.untilClosed(), stream.untilClosed()]);
    await expect(fetch(sim.url)).rejects.toThrow('fetch failed');
    const again = await startTinySim({ port: sim.port });
    expect(again.port).toBe(sim.port);
    await again.close();
  });

  it('names itself after its market and balance, whatever the order of the symbols', async () => {
    const first = await startTinySim({ symbols: ['GOOG', 'AAPL'] });
    const second = await startTinySim({ symbols: ['AAPL', 'GOOG'] });
    const richer = await startTinySim({ balance: usd(50_000) });
    await Promise.all([first, second, richer].map((sim) => sim.close()));
    expect(first.accountNumber).toMatch(/^SIM-[0-9a-f]{8}$/);
    expect(second.accountNumber).toBe(first.accountNumber);
    expect(richer.accountNumber).not.toBe(first.accountNumber);
  });

  it('refuses a body that is too large', async () => {
    const sim = await startTinySim();
    try {
      const { status } = await get(`${sim.url}/v2/orders`, { method: 'POST', body: 'x'.repeat(100_000) });
      expect(status).toBe(413);
    } finally {
      await sim.close();
    }
  });

  it.each([
    ['a port in use', (port: number) => startTinySim({ port }), 'PORT_IN_USE'],
    [
      'a replay without a folder',
      () =>
        startMarketSim({
          market: 'replay',
          date: DATE,
          symbols: ['GOOG'],
          balance: usd(1),
          seed: 1,
          speed: 1,
          port: 0,
        }),
      'USAGE',
    ],
  ])('does not start on %s', async (_what, start, code) => {
    const sim = await startTinySim();
    const outcome = await start(sim.port).catch((error: unknown) => error);
    await sim.close();
    expect(isTradingError(outcome) ? outcome.code : outcome).toBe(code);
  });
});
