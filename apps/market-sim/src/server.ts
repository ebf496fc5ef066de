import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createAdaptorServer } from '@hono/node-server';
import { requireSession } from '@trading-agent/calendar';
import { describeQuarantine } from '@trading-agent/market-data';
import { TradingError } from '@trading-agent/core';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { acceptLockstep } from './admin/lockstep-socket.ts';
import { RequestBudget } from './alpaca/request-budget.ts';
import { alpacaRest } from './alpaca/rest.ts';
import { TradeUpdateStream } from './alpaca/stream.ts';
import { requestIds } from './http/json.ts';
import { Conductor, type Timer } from './market/conductor.ts';
import { type LoadedMarket, loadMarket } from './market/load-day.ts';
import { Pace } from './market/pace.ts';
import { RequestJournal } from './market/request-journal.ts';
import { Simulation } from './market/simulation.ts';
import {
  DEFAULT_HOST,
  DEFAULT_KEYS,
  DEFAULT_REQUESTS_PER_MINUTE,
  type MarketSimOptions,
  accountNumberOf,
} from './options.ts';
import { polygonRest } from './polygon/rest.ts';
import { PolygonCluster } from './polygon/socket.ts';
import { routeUpgrades } from './sockets/upgrades.ts';

export interface MarketSim {
  /** `http://127.0.0.1:PORT`: base URL of both vendors' REST interfaces. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT`: `/options`, `/stocks`, `/indices`, `/stream`, `/admin`. */
  readonly wsUrl: string;
  readonly port: number;
  readonly accountNumber: string;
  /** Ends every connection and frees the port. The journal stays. */
  close(): Promise<void>;
}

/**
 * Starts a market on this machine and resolves when it can be connected to.
 * @throws {TradingError} `PORT_IN_USE`, `USAGE`, `JOURNAL_CORRUPT`, or what loading the day throws.
 */
export async function startMarketSim(options: MarketSimOptions): Promise<MarketSim> {
  const log = options.log ?? (() => undefined);
  const market = await loadMarket(options);
  const journal = openJournal(options);
  try {
    const simulation = new Simulation({
      day: market.day,
      session: requireSession(options.date),
      accountNumber: accountNumberOf(options),
      cash: options.balance,
      journal,
    });
    for (const line of describeQuarantine(market.day)) log(`warning ${line}`);
    const last = journal.requests().at(-1);
    if (last) simulation.rebuild(Math.min(last.step, simulation.steps - 1));
    return await serve({ options, market, simulation, journal, log });
  } catch (error) {
    journal.close();
    throw error;
  }
}

const MOST_BODY_BYTES = 64 * 1024;

interface Parts {
  readonly options: MarketSimOptions;
  readonly market: LoadedMarket;
  readonly simulation: Simulation;
  readonly journal: RequestJournal;
  readonly log: (line: string) => void;
}

async function serve({ options, market, simulation, journal, log }: Parts): Promise<MarketSim> {
  const keys = { ...DEFAULT_KEYS, ...options.keys };
  const access = { apiKey: keys.polygonKey, lacks: options.polygonPlan?.lacks ?? [] };
  const cluster = {
    options: new PolygonCluster('options', simulation.index, access),
    stocks: new PolygonCluster('stocks', simulation.index, access),
    indices: new PolygonCluster('indices', simulation.index, access),
  };
  const stream = new TradeUpdateStream({
    keys,
    expiresAt: simulation.session.close,
    frames: options.streamFrames ?? 'binary',
  });
  const conductor = new Conductor(
    simulation,
    {
      market: (step, number) => {
        cluster.options.publish(step, number);
        cluster.stocks.publish(step, number);
        cluster.indices.publish(step, number);
      },
      updates: (updates) => stream.publish(updates),
      hold: (updates) => stream.hold(updates),
      release: () => stream.release(),
      counts: () => ({ options: cluster.options.sent, stocks: cluster.stocks.sent, trades: stream.sent }),
    },
    new Pace(options.speed, () => performance.now()),
    realTimer,
  );

  const server = httpServer(options, market, simulation);
  const endSockets = routeUpgrades(server, {
    '/options': { refuseBrowsers: false, accept: (socket) => cluster.options.accept(socket) },
    '/stocks': { refuseBrowsers: false, accept: (socket) => cluster.stocks.accept(socket) },
    '/indices': { refuseBrowsers: false, accept: (socket) => cluster.indices.accept(socket) },
    '/stream': { refuseBrowsers: false, accept: (socket) => stream.accept(socket) },
    '/admin': {
      refuseBrowsers: true,
      accept: (socket) => acceptLockstep(socket, { simulation, conductor, log }),
    },
  });

  const host = options.host ?? DEFAULT_HOST;
  const port = await listen(server, options.port, host);
  conductor.runUnattended();
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    port,
    accountNumber: simulation.accountNumber,
    close: async () => {
      conductor.stop();
      endSockets();
      await closed(server);
      journal.close();
    },
  };
}

function httpServer(options: MarketSimOptions, { earlier }: LoadedMarket, simulation: Simulation): Server {
  const keys = { ...DEFAULT_KEYS, ...options.keys };
  const nextRequestId = requestIds(simulation.accountNumber);
  const app = new Hono();
  app.use(bodyLimit({ maxSize: MOST_BODY_BYTES }));
  const plan = options.polygonPlan ?? {};
  app.route('/', polygonRest({ simulation, earlier, apiKey: keys.polygonKey, nextRequestId, plan }));
  const budget = new RequestBudget(options.requestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE, () => Date.now());
  app.route('/', alpacaRest({ simulation, keys, budget, nextRequestId }));
  app.notFound((context) => context.text('404 page not found', 404));
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!('maxHeadersCount' in server)) throw new TradingError('INTERNAL', 'Expected a plain HTTP server');
  return server;
}

function openJournal(options: MarketSimOptions): RequestJournal {
  if (options.stateDir === undefined) return RequestJournal.inMemory();
  const { market, date, symbols, balance, seed } = options;
  const identity = {
    market,
    date,
    symbols: symbols.toSorted().join(','),
    balance,
    seed,
    accountNumber: accountNumberOf(options),
  };
  return RequestJournal.open(options.stateDir, identity, options.resume ?? false);
}

const realTimer: Timer = {
  start: (callback, millis) => {
    const handle = setTimeout(callback, millis);
    return () => clearTimeout(handle);
  },
};

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? portInUse(port, error) : error);
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve(boundPort(server.address()));
    });
  });
}

function portInUse(port: number, cause: NodeJS.ErrnoException): TradingError {
  return new TradingError('PORT_IN_USE', `Port ${port} can't be used (${cause.code})`, {
    hint: 'Give another --port, or 0 for any free one.',
    details: { port },
    cause,
  });
}

function boundPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TradingError('INTERNAL', 'The server has no port');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
