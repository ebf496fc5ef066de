import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MarketSim } from './server.ts';
import { Lockstep, broker, page, polygonGet, rows } from './testing/sessions.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const readySchema = z.object({ ready: z.literal(true), url: z.string(), wsUrl: z.string(), accountNumber: z.string() });

let folder: string;
let children: ChildProcessWithoutNullStreams[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'market-sim-main-'));
});
afterEach(async () => {
  await Promise.all(children.map(stop));
  children = [];
  rmSync(folder, { recursive: true });
});

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function start(...flags: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--speed', 'max', ...flags]);
  child.stderr.resume();
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<unknown> {
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(String(line));
}

/** What the tests' sessions need of a market that runs in another process. */
async function running(child: ChildProcessWithoutNullStreams): Promise<MarketSim> {
  const { url, wsUrl, accountNumber } = readySchema.parse(await firstLine(child));
  return { url, wsUrl, accountNumber, s3Url: null, port: Number(new URL(url).port), close: () => stop(child) };
}

describe('the command', () => {
  it('serves a synthetic market and says where; ends at once when its parent does', async () => {
    const child = start('--symbols', 'SPY', '--exit-with-stdin');
    const sim = await running(child);
    const { results } = page(await polygonGet(sim, '/v3/snapshot/options/SPY?limit=5'));
    expect(results).toHaveLength(5);
    const exited = once(child, 'exit');
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });

  it('ends in order on SIGTERM', async () => {
    const child = start('--symbols', 'SPY');
    const sim = await running(child);
    await Lockstep.attach(sim);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('says on one line why it does not start, and exits with 2', async () => {
    const first = await running(start('--symbols', 'SPY'));
    const cases: [string[], object][] = [
      [['--port', String(first.port)], { code: 'PORT_IN_USE', details: { port: first.port } }],
      [
        ['--market', 'replay', '--data', join(folder, 'none'), '--date', '2015-12-24', '--symbols', 'GOOG'],
        { code: 'DATA_FOLDER_MISSING' },
      ],
      [['--market', 'replay'], { code: 'USAGE' }],
      [['--date', '2026-11-01'], { code: 'NOT_A_SESSION' }],
      [['--symbols', 'NOSUCH'], { code: 'UNKNOWN_SYMBOL' }],
      [['--speed', 'fast'], { code: 'USAGE' }],
    ];
    for (const [flags, error] of cases) {
      const child = start(...flags);
      const exited = once(child, 'exit');
      expect(await firstLine(child)).toMatchObject({ error: { ...error, message: expect.any(String) } });
      expect(await exited).toEqual([2, null]);
    }
  });

  it('stands again after kill -9 with every order it had acknowledged', async () => {
    const flags = ['--symbols', 'SPY', '--state', folder];
    const first = start(...flags);
    const sim = await running(first);
    const client = await Lockstep.attach(sim);
    await client.runTo(3);
    const symbol = page(await polygonGet(sim, '/v3/snapshot/options/SPY?limit=250'))
      .results.flatMap((snapshot) => {
        const parsed = z
          .object({
            details: z.object({ ticker: z.string() }),
            last_quote: z.object({ bid: z.number(), ask: z.number() }),
          })
          .safeParse(snapshot);
        return parsed.success ? [parsed.data.details.ticker.slice(2)] : [];
      })
      .at(0);
    const posted = await broker(sim, 'POST', '/v2/orders', {
      symbol,
      qty: 1,
      side: 'buy',
      type: 'limit',
      limit_price: '0.01',
      time_in_force: 'day',
      client_order_id: 'before the kill',
    });
    expect(posted.status).toBe(200);
    const orders = rows(await broker(sim, 'GET', '/v2/orders'));
    expect(orders).toMatchObject([{ client_order_id: 'before the kill', status: 'new' }]);
    await stop(first);

    const again = await running(start(...flags, '--resume'));
    expect(again.accountNumber).toBe(sim.accountNumber);
    const back = await Lockstep.attach(again, 3);
    expect(back.attached).toMatchObject({ nextStep: 4 });
    expect(rows(await broker(again, 'GET', '/v2/orders'))).toEqual(orders);
    await stop(children.at(-1) ?? first);

    const fresh = await running(start(...flags));
    await Lockstep.attach(fresh, 3);
    expect(rows(await broker(fresh, 'GET', '/v2/orders?status=all'))).toEqual([]);
  });
});
