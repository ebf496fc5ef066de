import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { singleOrder } from '../testing/order-bodies.ts';
import { Lockstep, broker, listening, rows, subscribed } from '../testing/sessions.ts';
import { type Message, TestSocket } from '../testing/test-socket.ts';
import { CALL_750, CALL_760, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';

let folder: string;
let sim: MarketSim;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'market-sim-lockstep-'));
  sim = await startTinySim({ stateDir: folder });
});
afterEach(async () => {
  await sim.close();
  rmSync(folder, { recursive: true });
});

const order = (id: string, more: object = {}): object =>
  singleOrder(id, { symbol: CALL_760, qty: 3, limit_price: 3.8, position_intent: 'buy_to_open', ...more });
const sale = order('sale', {
  symbol: CALL_750,
  qty: 1,
  side: 'sell',
  limit_price: 7.3,
  position_intent: 'sell_to_close',
});
const long = order('long', { symbol: CALL_750, qty: 1, limit_price: 7.2 });

/** What the client of these tests asks for right after each step. */
const SCRIPT: Readonly<Record<number, readonly object[]>> = {
  0: [long, order('part')],
  1: [sale],
  2: [order('late', { limit_price: 1 })],
};

/** When the steps happen: six minutes, then the close. */
const TIMES = [...tinyDay().steps.map(({ at }) => at), atMinute(390)];

interface Client {
  readonly lockstep: Lockstep;
  readonly options: TestSocket;
  readonly trades: TestSocket;
}

async function connect(afterStep: number): Promise<Client> {
  const lockstep = await Lockstep.attach(sim, afterStep);
  const options = await subscribed(sim, 'options', `Q.O:${CALL_750},Q.O:${CALL_760}`);
  return { lockstep, options, trades: await listening(sim) };
}

/** Runs from `from` up to and including the boundary of `to`; collects per step what the boundary says has been sent. */
async function run(client: Client, from: number, to: number, script: typeof SCRIPT): Promise<Message[][]> {
  const perStep: Message[][] = [];
  let boundary = await client.lockstep.ready();
  let before = { options: 0, trades: 0 };
  for (let step = from; ; step += 1) {
    expect(boundary).toMatchObject({ type: 'step', step, at: TIMES[step] });
    const counts = countsOf(boundary);
    const trades = await client.trades.take(counts.trades - before.trades);
    const options = await client.options.take(counts.options - before.options);
    perStep.push([...trades, ...options].filter((message) => message !== null));
    before = counts;
    for (const body of script[step] ?? []) expect((await broker(sim, 'POST', '/v2/orders', body)).status).toBe(200);
    if (step === to) return perStep;
    boundary = await client.lockstep.ack(step);
  }
}

function countsOf(boundary: Message | null): { options: number; trades: number } {
  const counts = boundary?.['counts'];
  if (typeof counts !== 'object' || counts === null || !('options' in counts) || !('trades' in counts))
    throw new Error(`Not a boundary: ${JSON.stringify(boundary)}`);
  return { options: Number(counts.options), trades: Number(counts.trades) };
}

async function brokerState(): Promise<unknown[]> {
  const paths = ['/v2/account', '/v2/positions', '/v2/orders?status=all&nested=true', '/v2/clock'];
  const answers = await Promise.all(paths.map((path) => broker(sim, 'GET', path)));
  return answers.map(({ json }) => json);
}

async function leave(client: Client): Promise<void> {
  await Promise.all([client.lockstep.socket.close(), client.options.close(), client.trades.close()]);
}

describe('lockstep', () => {
  it('attaches before the first step', async () => {
    const { attached } = await Lockstep.attach(sim);
    expect(attached).toEqual({
      type: 'attached',
      accountNumber: sim.accountNumber,
      session: { date: '2016-01-05', open: atMinute(0), close: atMinute(390) },
      steps: 7,
      nextStep: 0,
      at: atMinute(0),
    });
  });

  it('counts what it has sent: order events of step n with the boundary of n + 1', async () => {
    const client = await connect(-1);
    const steps = await run(client, 0, 6, SCRIPT);
    const events = steps.map((messages) =>
      messages.flatMap((message) => (message['stream'] === 'trade_updates' ? [eventOf(message)] : [])),
    );
    expect(events).toEqual([
      [],
      ['long new', 'long fill', 'part new', 'part partial_fill', 'part fill'],
      ['sale new'],
      ['late new', 'sale fill'],
      [],
      [],
      ['late expired'],
    ]);
    expect(await client.lockstep.ack(6)).toEqual({ type: 'end' });
  });

  it('ends a message out of turn with an error', async () => {
    const socket = await TestSocket.connect(`${sim.wsUrl}/admin`);
    socket.send({ type: 'ready' });
    expect(await socket.next()).toMatchObject({ type: 'error', code: 'USAGE' });
    expect(await socket.untilClosed()).toBe(1008);
    const beyond = await Lockstep.attach(sim, 7);
    expect(beyond.attached).toMatchObject({ type: 'error', code: 'OUT_OF_RANGE' });
    const first = await Lockstep.attach(sim);
    expect(first.attached).toMatchObject({ type: 'attached' });
    expect((await Lockstep.attach(sim)).attached).toMatchObject({ type: 'error', code: 'USAGE' });
  });

  it('does not let a web page steer the market', async () => {
    const response = await fetch(`${sim.url}/admin`);
    expect(response.status).toBe(404);
    await expect(TestSocket.connect(`${sim.wsUrl}/admin`, { origin: 'http://example.com' })).rejects.toThrow('403');
  });
});

describe('rebuilding', () => {
  it.each([0, 1, 2, 3])('stands after a kill where it stood: client and market die after step %i', async (died) => {
    const unbroken = await connect(-1);
    const expected = await run(unbroken, 0, 6, SCRIPT);
    const expectedState = await brokerState();
    await leave(unbroken);
    await sim.close();

    sim = await startTinySim({ stateDir: folder });
    const first = await connect(-1);
    await run(first, 0, died, SCRIPT);
    const stateAtDeath = await brokerState();
    await leave(first);
    await sim.close();

    sim = await startTinySim({ stateDir: folder, resume: true });
    const second = await connect(died);
    expect(second.lockstep.attached).toMatchObject({ nextStep: died + 1, at: tinyDay().steps[died]?.at });
    expect(await brokerState()).toEqual(stateAtDeath);
    const rest = await run(second, died + 1, 6, SCRIPT);
    expect(rest).toEqual(expected.slice(died + 1));
    expect(await brokerState()).toEqual(expectedState);
  });

  it('stands after the step of the last request when it is started again and nobody has attached yet', async () => {
    const first = await connect(-1);
    await run(first, 0, 3, SCRIPT);
    await leave(first);
    await sim.close();
    sim = await startTinySim({ stateDir: folder, resume: true });
    expect((await broker(sim, 'GET', '/v2/clock')).json).toMatchObject({ timestamp: '2016-01-05T09:33:00-05:00' });
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all&nested=true'))).toHaveLength(4);
  });

  it('winds back when the client comes back earlier, and forgets what was asked later', async () => {
    const first = await connect(-1);
    await run(first, 0, 3, SCRIPT);
    await leave(first);
    const second = await connect(0);
    expect(second.lockstep.attached).toMatchObject({ nextStep: 1 });
    const ids = rows(await broker(sim, 'GET', '/v2/orders?status=all&nested=true')).map(
      (row) => row['client_order_id'],
    );
    expect(ids).toEqual(['part', 'long']);
    expect(await broker(sim, 'POST', '/v2/orders', order('new'))).toMatchObject({ status: 200 });
  });

  it('keeps what the requests of the last step did until the stream listens and ready has come', async () => {
    const first = await connect(-1);
    await run(first, 0, 0, SCRIPT);
    await leave(first);
    const lockstep = await Lockstep.attach(sim, 0);
    const boundary = await lockstep.ready();
    expect(boundary).toMatchObject({ step: 1, counts: { trades: 0 } });
    const trades = await listening(sim);
    expect((await trades.take(5)).map(eventOf)).toEqual([
      'long new',
      'long fill',
      'part new',
      'part partial_fill',
      'part fill',
    ]);
  });
});

function eventOf(message: Message | null): string {
  const data = message?.['data'];
  if (typeof data !== 'object' || data === null || !('event' in data) || !('order' in data)) return 'none';
  const { order: about } = data;
  const id = typeof about === 'object' && about !== null && 'client_order_id' in about ? about.client_order_id : '';
  return `${String(id)} ${String(data.event)}`;
}
