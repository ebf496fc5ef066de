import { nyInstant } from '@trading-agent/calendar';
import { TradingError, isTradingError, toTradingError } from '@trading-agent/core';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { newYorkRfc3339 } from '../market/new-york-text.ts';
import type { Accounts } from '../market/accounts.ts';
import type { MarketDays } from '../market/market-days.ts';
import type { Conductor } from '../market/conductor.ts';
import type { FaultDesk } from '../faults/fault-desk.ts';
import { checked, parseFaultRule } from '../faults/fault-rule.ts';
import type { StreamCount } from '../sockets/event-line.ts';
import { FAULT_KINDS } from '../faults/registry.ts';

export interface AdminRestOptions {
  readonly conductor: Conductor;
  readonly accounts: Accounts;
  readonly days: MarketDays;
  readonly desk: FaultDesk;
  readonly streams: () => readonly StreamCount[];
}

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'a New York time of day such as "10:05"');
/** Without `from`: from the next step on. */
const haltWish = z.strictObject({ symbol: z.string().min(1), from: time.optional(), until: time });

const MOST_STEPS = 100_000;
const clockCommand = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  z.strictObject({ command: z.literal('next-day') }),
  z.strictObject({ command: z.literal('step'), steps: z.number().int().min(1).max(MOST_STEPS).default(1) }),
  z.strictObject({ command: z.literal('speed'), speed: z.union([z.literal('max'), z.number().positive()]) }),
]);

/**
 * The simulator's own HTTP interface: the clock, the faults, the accounts. Nothing in it is a vendor's. Pages of a browser are refused: nobody
 * else than the owner of this machine may steer the market.
 */
export function adminRest({ conductor, accounts, days, desk, streams }: AdminRestOptions): Hono {
  const app = new Hono();
  const noBrowsers: MiddlewareHandler = async (context, next) => {
    if (context.req.header('origin') !== undefined) return context.json({ error: { code: 'USAGE' } }, 403);
    await next();
    return undefined;
  };
  app.use('/admin/*', noBrowsers);

  const clock = (): object => {
    const { simulation } = accounts.first;
    return {
      at: simulation.now,
      time: newYorkRfc3339(simulation.now),
      date: simulation.session.date,
      step: simulation.step,
      steps: simulation.steps,
      ...conductor.standing,
    };
  };
  const openNextDay = async (): Promise<void> => {
    if (!(await days.openNext())) throw new TradingError('USAGE', 'This market has no further day');
    conductor.newDay();
  };
  app.get('/admin/clock', (context) => context.json(clock()));
  app.post('/admin/clock', async (context) => {
    const order = checked(clockCommand, await bodyOf(context), 'clock');
    if (order.command === 'pause') conductor.pause();
    else if (order.command === 'resume') conductor.resume();
    else if (order.command === 'next-day') await openNextDay();
    else if (order.command === 'speed') conductor.setSpeed(order.speed);
    else conductor.step(order.steps);
    return context.json(clock());
  });

  app.get('/admin/faults', (context) => context.json(desk.list()));
  app.get('/admin/faults/kinds', (context) =>
    context.json(
      [...FAULT_KINDS.values()].map(({ name, summary, rooms, times, topics, parameters }) => ({
        fault: name,
        summary,
        rooms,
        times,
        ...(topics !== undefined && { topics }),
        with: z.toJSONSchema(parameters, { io: 'input' }),
      })),
    ),
  );
  app.post('/admin/faults', async (context) => {
    const id = desk.add(parseFaultRule(await bodyOf(context), 'fault'));
    return context.json({ id }, 201);
  });
  app.delete('/admin/faults/:id', (context) => {
    const id = context.req.param('id');
    if (!desk.remove(Number(id))) throw new TradingError('USAGE', `There is no fault ${id}`);
    return context.body(null, 204);
  });

  const halts = (): object =>
    accounts.first.simulation.halts.map(({ symbol, start, end }) => ({
      symbol,
      from: newYorkRfc3339(start),
      until: newYorkRfc3339(end),
    }));
  app.get('/admin/halts', (context) => context.json(halts()));
  app.post('/admin/halts', async (context) => {
    const { symbol, from, until } = checked(haltWish, await bodyOf(context), 'halt');
    const { nextAt, session } = accounts.first.simulation;
    if (nextAt === null) throw new TradingError('OUT_OF_RANGE', 'The day has ended: nothing is left to halt');
    const start = from === undefined ? nextAt : nyInstant(session.date, from);
    accounts.halt({ symbol, start, end: nyInstant(session.date, until) });
    return context.json(halts(), 201);
  });

  app.get('/admin/streams', (context) => context.json(streams()));
  app.get('/admin/accounts', (context) =>
    context.json(
      accounts.all.map(({ keys, simulation }) => ({
        accountNumber: simulation.accountNumber,
        keyId: keys.keyId,
        cash: simulation.account.cash / 1_000_000,
        equity: simulation.account.equity / 1_000_000,
        orders: simulation.orders.records().length,
        requests: simulation.requestCount,
      })),
    ),
  );
  app.onError((error, context) => {
    const { code, message, hint } = toTradingError(error);
    return context.json({ error: { code, message, hint } }, isTradingError(error) ? 400 : 500);
  });
  return app;
}

async function bodyOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw new TradingError('CONFIG_INVALID', 'The body is not JSON', { hint: 'Send a JSON object.' });
  }
}
