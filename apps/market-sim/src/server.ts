import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type HttpBindings, createAdaptorServer } from '@hono/node-server';
import { requireSession } from '@trading-agent/calendar';
import { describeQuarantine } from '@trading-agent/market-data';
import { type MarketDate, TradingError, canonicalJson, toTradingError } from '@trading-agent/core';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { WebSocket } from 'ws';
import { type AdminRestOptions, adminRest } from './admin/admin-rest.ts';
import { acceptLockstep } from './admin/lockstep-socket.ts';
import { FEEDS, OptionDataStream } from './alpaca/data/stream.ts';
import { RequestBudget } from './http/request-budget.ts';
import { alpacaRest } from './alpaca/rest.ts';
import { acceptByKey } from './alpaca/stream-door.ts';
import { FaultDesk, changesBooks } from './faults/fault-desk.ts';
import { faultyFetch } from './http/faulty-fetch.ts';
import { requestIds } from './http/json.ts';
import { type AccountSpec, Accounts } from './market/accounts.ts';
import { Conductor, type Timer } from './market/conductor.ts';
import { corporateActionsOf } from './market/corporate-actions.ts';
import { type LoadedMarket, loadMarket } from './market/load-day.ts';
import { MarketDays } from './market/market-days.ts';
import { Pace } from './market/pace.ts';
import { RequestJournal } from './market/request-journal.ts';
import {
  DEFAULT_BUCKET,
  DEFAULT_FLAT_FILE_KEYS,
  DEFAULT_HOST,
  DEFAULT_KEYS,
  DEFAULT_OPTION_SYMBOLS,
  DEFAULT_REQUESTS_PER_MINUTE,
  type MarketSimOptions,
  accountNumberOf,
  marketName,
} from './options.ts';
import { polygonRest } from './polygon/rest.ts';
import { PolygonCluster } from './polygon/socket.ts';
import { CLUSTERS, type Cluster } from './polygon/stream-events.ts';
import { s3Server } from './s3/s3-server.ts';
import type { StreamCount } from './sockets/event-line.ts';
import { type UpgradeRoute, routeUpgrades } from './sockets/upgrades.ts';

export interface MarketSim {
  /** `http://127.0.0.1:PORT`: base URL of both vendors' REST interfaces. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT`: `/options`, `/stocks`, `/indices`, `/stream`, `/admin`. */
  readonly wsUrl: string;
  readonly port: number;
  /** Where the flat files are served; `null` when none were given. */
  readonly s3Url: string | null;
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
  const session = requireSession(options.date);
  const desk = new FaultDesk(() => accounts?.first.simulation.now ?? session.open);
  for (const rule of options.faults ?? []) desk.add(rule);
  let accounts: Accounts | null = null;
  accounts = new Accounts(accountsOf(options), {
    day: market.day,
    session,
    frames: options.streamFrames ?? 'binary',
    faults: desk,
    journal: (account) => openJournal(options, account),
    requestTiming: options.requestTiming,
    corporateActions: corporateActionsOf(options),
    halts: options.halts,
  });
  const days = new MarketDays({
    accounts,
    count: 1 + (options.furtherDays?.length ?? (options.days ?? 1) - 1),
    load: async (date) => (await loadMarket(optionsOf(date, options))).day,
  });
  try {
    await days.resume();
    for (const line of describeQuarantine(market.day)) log(`warning ${line}`);
    return await serve({ options, market, accounts, days, desk, log });
  } catch (error) {
    accounts.close();
    throw error;
  }
}

/** The options that load the day of `date`: one that was handed over, or the next from the same source. */
function optionsOf(date: MarketDate, options: MarketSimOptions): MarketSimOptions {
  const { day, furtherDays, ...rest } = options;
  const given = [...(day === undefined ? [] : [day]), ...(furtherDays ?? [])].find((one) => one.date === date);
  return { ...rest, date, ...(given !== undefined && { day: given }) };
}

/** When nobody keeps step, one day follows the other by itself. */
async function openNextDay(days: MarketDays, conductor: Conductor, log: (line: string) => void): Promise<void> {
  try {
    if (await days.openNext()) conductor.runUnattended();
  } catch (error) {
    log(`warning the next day can't be opened: ${toTradingError(error).message}`);
  }
}

const MOST_BODY_BYTES = 64 * 1024;

interface Parts {
  readonly options: MarketSimOptions;
  readonly market: LoadedMarket;
  readonly accounts: Accounts;
  readonly days: MarketDays;
  readonly desk: FaultDesk;
  readonly log: (line: string) => void;
}

async function serve(parts: Parts): Promise<MarketSim> {
  const { options, accounts, days, desk, log } = parts;
  const { simulation, stream } = accounts.first;
  const polygonKeys = polygonKeysOf(options);
  const lacks = options.polygonPlan?.lacks ?? [];
  const cluster = (name: Cluster): PolygonCluster =>
    new PolygonCluster({ cluster: name, index: () => simulation.index, keys: polygonKeys, lacks, faults: desk });
  const clusters = { options: cluster('options'), stocks: cluster('stocks'), indices: cluster('indices') };
  const optionData = new OptionDataStream({
    keys: accounts.all.map(({ keys }) => keys),
    feeds: options.optionFeeds ?? FEEDS,
    mostSymbols: options.optionSymbols ?? DEFAULT_OPTION_SYMBOLS,
    underlying: (symbol) => simulation.index.contracts.get(symbol)?.underlying,
    faults: desk,
    timer: realTimer,
  });
  const conductor = new Conductor(
    simulation,
    {
      market: (step, number) => {
        accounts.follow();
        for (const name of CLUSTERS) clusters[name].publish(step, number);
        optionData.publish(step);
      },
      updates: (updates) => stream.publish(updates),
      hold: (updates) => {
        stream.hold(updates);
        accounts.rewind();
      },
      release: () => accounts.release(),
      dayEnded: () => void openNextDay(days, conductor, log),
      counts: () => ({ options: clusters.options.sent, stocks: clusters.stocks.sent, trades: stream.sent }),
    },
    new Pace(options.speed, () => performance.now()),
    realTimer,
  );
  desk.onChange(() => {
    accounts.dropRevoked();
    optionData.dropRevoked();
    for (const name of CLUSTERS) clusters[name].dropRevoked();
  });

  const streamCounts = (): readonly StreamCount[] => [
    ...CLUSTERS.flatMap((name) => clusters[name].streams()),
    ...accounts.streams(),
    ...optionData.streams(),
  ];
  const server = httpServer(parts, { conductor, streams: streamCounts });
  const streams = new Map(accounts.all.map((account) => [account.keys.keyId, account.stream]));
  const clusterRoute = (name: Cluster): UpgradeRoute => ({
    refuseBrowsers: false,
    answersPings: () => desk.standing('pong', { room: name }).length === 0,
    accept: (socket) => clusters[name].accept(socket),
  });
  const endSockets = routeUpgrades(server, {
    '/options': clusterRoute('options'),
    '/stocks': clusterRoute('stocks'),
    '/indices': clusterRoute('indices'),
    '/stream': {
      refuseBrowsers: false,
      answersPings: () => desk.standing('pong', { room: 'trades' }).length === 0,
      accept: (socket) => acceptByKey(socket, streams, stream),
    },
    ...Object.fromEntries(
      FEEDS.map((feed) => [
        `/v1beta1/${feed}`,
        {
          refuseBrowsers: false,
          answersPings: () => desk.standing('pong', { room: 'option-data' }).length === 0,
          accept: (socket: WebSocket) => optionData.accept(socket, feed),
        },
      ]),
    ),
    '/admin': {
      refuseBrowsers: true,
      accept: (socket) => acceptLockstep(socket, { simulation, conductor, log }),
    },
  });

  const host = options.host ?? DEFAULT_HOST;
  const port = await listen(server, options.port, host);
  const s3 = await serveFlatFiles(parts, host).catch(async (error: unknown) => {
    endSockets();
    await closed(server);
    throw error;
  });
  conductor.runUnattended();
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    port,
    s3Url: s3?.url ?? null,
    accountNumber: simulation.accountNumber,
    close: async () => {
      conductor.stop();
      endSockets();
      await Promise.all([closed(server), ...(s3 === null ? [] : [closed(s3.server)])]);
      accounts.close();
    },
  };
}

function httpServer(
  { options, market, accounts, days, desk }: Parts,
  control: Pick<AdminRestOptions, 'conductor' | 'streams'>,
): Server {
  const { simulation } = accounts.first;
  const nextRequestId = requestIds(simulation.accountNumber);
  const notFound = (context: Context): Response => context.text('404 page not found', 404);
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(bodyLimit({ maxSize: MOST_BODY_BYTES }));
  app.route('/', adminRest({ ...control, accounts, days, desk }));
  const apiKeys = polygonKeysOf(options);
  const plan = options.polygonPlan ?? {};
  app.route(
    '/',
    polygonRest({
      realMillis: () => Date.now(),
      simulation,
      earlier: market.earlier,
      apiKeys,
      nextRequestId,
      plan,
      faults: desk,
    }),
  );
  const brokers = new Map(
    accounts.all.map(({ keys, simulation: own }) => {
      const budget = new RequestBudget(options.requestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE, () => Date.now());
      const broker = alpacaRest({
        simulation: own,
        keys,
        budget,
        nextRequestId,
        faults: desk,
        pdtFields: options.pdtFields ?? false,
        earlier: market.earlier,
      });
      return [keys.keyId, broker.notFound(notFound)];
    }),
  );
  app.all('*', (context) => {
    const broker = brokers.get(context.req.header('apca-api-key-id') ?? '') ?? brokers.get(accounts.first.keys.keyId);
    return broker === undefined ? notFound(context) : broker.fetch(context.req.raw, context.env);
  });
  const server = createAdaptorServer({ fetch: faultyFetch(app.fetch, desk, nextRequestId) });
  if (!('maxHeadersCount' in server)) throw new TradingError('INTERNAL', 'Expected a plain HTTP server');
  return server;
}

async function serveFlatFiles(
  { options, desk }: Parts,
  host: string,
): Promise<{ readonly server: Server; readonly url: string } | null> {
  const { flatFiles } = options;
  if (flatFiles === undefined) return null;
  const server = s3Server({
    root: flatFiles.root,
    bucket: flatFiles.bucket ?? DEFAULT_BUCKET,
    keys: flatFiles.keys ?? DEFAULT_FLAT_FILE_KEYS,
    unentitled: flatFiles.unentitled ?? [],
    faults: desk,
  });
  const port = await listen(server, flatFiles.port ?? 0, host);
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

function polygonKeysOf({ keys, polygonKeys = [] }: MarketSimOptions): readonly [string, ...string[]] {
  return [keys?.polygonKey ?? DEFAULT_KEYS.polygonKey, ...polygonKeys];
}

function accountsOf(options: MarketSimOptions): readonly [AccountSpec, ...AccountSpec[]] {
  const { keyId, secretKey } = { ...DEFAULT_KEYS, ...options.keys };
  const first = { keyId, secretKey, accountNumber: accountNumberOf(options), cash: options.balance };
  return [first, ...(options.accounts ?? [])];
}

/** The first account's journal lies in the state folder itself, those of the others in folders named after them. */
function openJournal(options: MarketSimOptions, { accountNumber, cash }: AccountSpec): RequestJournal {
  if (options.stateDir === undefined) return RequestJournal.inMemory();
  const { date, symbols, seed } = options;
  const identity = {
    market: marketName(options),
    date,
    symbols: symbols.toSorted().join(','),
    balance: cash,
    seed,
    accountNumber,
    ...scriptOf(options),
  };
  const isFirst = accountNumber === accountNumberOf(options);
  const folder = isFirst ? options.stateDir : join(options.stateDir, accountNumber);
  return RequestJournal.open(folder, identity, options.resume ?? false);
}

/** What a scenario does to accounts: the same requests under another script would be another account. */
function scriptOf({ halts = [], faults = [], corporateActions = [] }: MarketSimOptions): { readonly script?: string } {
  const script = {
    halts,
    faults: faults.filter(({ effects }) => changesBooks(effects)).map(({ given }) => given),
    corporateActions,
  };
  return Object.values(script).every((part) => part.length === 0) ? {} : { script: canonicalJson(script) };
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
