import { randomUUID } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Clock, TradingError, systemClock, toTradingError } from '@trading-agent/core';
import { collectDefaultMetrics } from 'prom-client';
import { createStatusApp } from './app.ts';
import type { Controls } from './controls.ts';
import { EventHub } from './event-hub.ts';
import type { StatusLogger } from './logger.ts';
import { statusMetrics } from './metrics.ts';
import { loadPageFiles } from './page-files.ts';
import type { StatusSource } from './source.ts';

export interface StatusApiOptions {
  readonly source: StatusSource;
  /** Address to listen on; on loopback only requests that name localhost are answered. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Left out: the API only shows. */
  readonly controls?: Controls;
  /** The built dashboard; without it (or when it is empty) `/` says how to build it. */
  readonly dashboardDir?: string | undefined;
  readonly logger: StatusLogger;
  readonly clock?: Clock;
  /** See `HealthLimits`; seconds, default 120. */
  readonly maxStepAgeSeconds?: number;
}

export interface StatusApi {
  /** Where a browser finds the page. */
  readonly url: string;
  close(): Promise<void>;
}

const HEARTBEAT_MS = 15_000;

/**
 * Serves the API and the page until closed.
 * @throws {TradingError} `PORT_IN_USE` when another program listens there, `USAGE` when the address can't be listened on,
 * `STORE_UNAVAILABLE` when the source can't be watched.
 */
export async function startStatusApi(options: StatusApiOptions): Promise<StatusApi> {
  const { source, host, port, logger, clock = systemClock } = options;
  const page = options.dashboardDir === undefined ? new Map() : await loadPageFiles(options.dashboardDir);
  if (page.size === 0) logger.warn({ dashboardDir: options.dashboardDir ?? null }, 'no dashboard to serve');
  const metrics = statusMetrics(source, clock, () => hub.clients);
  const hub: EventHub = new EventHub({
    clock,
    run: randomUUID().slice(0, 8),
    onDropped: (waiting) => {
      metrics.clientDropped();
      logger.warn({ waiting }, 'dropped an event stream client that reads too slowly');
    },
  });
  collectDefaultMetrics({ register: metrics.registry });
  const app = createStatusApp({
    source,
    clock,
    hub,
    metrics,
    page,
    host,
    logger,
    ...(options.controls === undefined ? {} : { controls: options.controls }),
    ...(options.maxStepAgeSeconds === undefined ? {} : { maxStepAgeSeconds: options.maxStepAgeSeconds }),
  });
  const answer = getRequestListener((request, connection) => app.fetch(request, connection));
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  // A header that never ends must not hold a connection for ever.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  await listen(server, host, port);
  let unwatch: () => Promise<void>;
  try {
    unwatch = await source.watch((change) => hub.publish(change));
  } catch (error) {
    server.close();
    metrics.registry.clear();
    throw toTradingError(error);
  }
  const heartbeat = setInterval(() => hub.heartbeat(), HEARTBEAT_MS);
  heartbeat.unref();
  const url = urlOf(host, server.address());
  logger.info({ url }, 'status API is up');
  let closing: Promise<void> | undefined;
  return {
    url,
    close: () => (closing ??= shutDown()),
  };

  async function shutDown(): Promise<void> {
    clearInterval(heartbeat);
    hub.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Streams end with the hub and leave idle connections behind; whoever has not finished after a second is cut off.
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    const cut = setTimeout(() => server.closeAllConnections(), 1_000);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
    metrics.registry.clear();
    await unwatch();
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new TradingError(
              'PORT_IN_USE',
              `Expected port ${port} on ${host} to be free, another program listens there`,
              {
                hint: 'Stop that program (is another agent running?) or choose another port: --port, STATUS_API_PORT or statusApi.port in config.yaml.',
                details: { host, port },
                cause: error,
              },
            )
          : new TradingError('USAGE', `Can't listen on ${host}:${port}: ${error.message}`, {
              hint: 'Choose an address of this machine and a port the user may open (1024 or higher).',
              details: { host, port },
              cause: error,
            }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}

function urlOf(host: string, address: string | AddressInfo | null): string {
  const port = typeof address === 'object' && address ? address.port : 0;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
