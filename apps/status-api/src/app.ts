import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { type Clock, toTradingError } from '@trading-agent/core';
import { addControls, CONTROL_PATH, type Controls } from './controls.ts';
import type { StatusLogger } from './logger.ts';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import { errorBody, httpStatus } from './errors.ts';
import type { EventHub } from './event-hub.ts';
import { hostCheck, readOnly, securityHeaders } from './guards.ts';
import { health } from './health.ts';
import type { StatusMetrics } from './metrics.ts';
import type { PageFile } from './page-files.ts';
import { performanceStats } from './performance.ts';
import {
  alertSchema,
  decisionSchema,
  equityPointSchema,
  errorSchema,
  executionSchema,
  healthSchema,
  orderSchema,
  positionSchema,
  statsSchema,
  statusSchema,
} from './schemas.ts';
import type { StatusSource } from './source.ts';
import { alertJson, decisionJson, equityJson, executionJson, orderJson, positionJson, statusJson } from './views.ts';
import { within } from './within.ts';

export interface StatusAppOptions {
  readonly source: StatusSource;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly metrics: StatusMetrics;
  /** The built page by URL path (see `loadPageFiles`). */
  readonly page: ReadonlyMap<string, PageFile>;
  /** The address listened on; decides whether the host check applies. */
  readonly host: string;
  readonly logger: StatusLogger;
  /** Left out: the API only shows. */
  readonly controls?: Controls;
  /** Default 120. */
  readonly maxStepAgeSeconds?: number;
}

/** What the server hands in beside the request; nothing in `app.request()`. */
export interface StatusEnv {
  Bindings: { readonly outgoing?: { destroy(): unknown } };
}

const NO_STORE = 'no-store';
const limitQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).openapi({ description: 'Newest first', example: 100 }),
});
/** More equity points or fills than this are not looked at for the figures of one session. */
const ALL = 100_000;

function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

const problems = {
  400: json(errorSchema, 'The request does not fit'),
  503: json(errorSchema, 'The store does not answer'),
};

function list<T extends z.ZodType>(path: string, item: T, summary: string) {
  return createRoute({
    method: 'get',
    path,
    summary,
    request: { query: limitQuery },
    responses: { 200: json(z.array(item), summary), ...problems },
  });
}

function single<T extends z.ZodType>(path: string, schema: T, summary: string) {
  return createRoute({ method: 'get', path, summary, responses: { 200: json(schema, summary), ...problems } });
}

/** The HTTP application: routes, guards and error shape; no socket, so that tests call `app.request()`. */
export function createStatusApp(options: StatusAppOptions): OpenAPIHono<StatusEnv> {
  const { source, clock, hub, metrics, page, logger } = options;
  const app = new OpenAPIHono<StatusEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const issue = result.error.issues[0];
      const where = issue?.path.join('.') || result.target;
      return c.json(
        errorBody(
          'INVALID_VALUE',
          `${where}: ${issue?.message ?? 'malformed'}`,
          'See /openapi.json for what is allowed.',
        ),
        400,
      );
    },
  });

  app.use(securityHeaders());
  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    const route = matchedRoutes(c)
      .map((each) => each.path)
      .findLast((path) => path !== '/*' && path !== '*');
    metrics.observe(
      page.has(c.req.path) ? 'page' : (route ?? 'other'),
      c.res.status,
      (performance.now() - start) / 1000,
    );
    if (!c.res.headers.has('cache-control')) c.res.headers.set('Cache-Control', NO_STORE);
  });
  app.use(hostCheck(options.host));
  app.use(readOnly(options.controls === undefined ? null : `${CONTROL_PATH}/`));

  app.notFound((c) =>
    c.json(errorBody('NOT_FOUND', `There is nothing at ${c.req.path}`, 'See /openapi.json for what there is.'), 404),
  );
  app.onError((thrown, c) => {
    // The router's own words about a request it can't read.
    if (thrown instanceof HTTPException && thrown.status === 400)
      return c.json(errorBody('INVALID_VALUE', thrown.message, 'See /openapi.json for what is allowed.'), 400);
    const error = toTradingError(thrown);
    logger.error({ err: thrown, code: error.code, path: c.req.path }, 'a request failed');
    // What an unexpected error says may hold anything; only our own errors are written to be read.
    const message = error.code === 'INTERNAL' ? 'Something went wrong here; the log says what' : error.message;
    return c.json(errorBody(error.code, message, error.hint ?? null), httpStatus(error));
  });

  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      summary: 'Is the store reachable and does the running session move?',
      responses: { 200: json(healthSchema, 'Well'), 503: json(healthSchema, 'Failing; `problems` says why') },
    }),
    async (c) => {
      const result = await health(source, clock, { maxStepAgeSeconds: options.maxStepAgeSeconds ?? 120 });
      return c.json(result, result.status === 'ok' ? 200 : 503);
    },
  );
  app.openapi(single('/status', statusSchema, 'Session, account, tier, market phase, equity'), async (c) =>
    c.json(statusJson(await within(source.session(), 'the store')), 200),
  );
  app.openapi(single('/positions', z.array(positionSchema), 'Open positions'), async (c) =>
    c.json((await within(source.positions(), 'the store')).map(positionJson), 200),
  );
  app.openapi(list('/orders', orderSchema, 'Orders, newest first'), async (c) =>
    c.json((await within(source.orders(c.req.valid('query').limit), 'the store')).map(orderJson), 200),
  );
  app.openapi(list('/executions', executionSchema, 'Fills, newest first'), async (c) =>
    c.json((await within(source.executions(c.req.valid('query').limit), 'the store')).map(executionJson), 200),
  );
  app.openapi(single('/equity', z.array(equityPointSchema), 'Equity curve, oldest first'), async (c) =>
    c.json((await within(source.equity(), 'the store')).map(equityJson), 200),
  );
  app.openapi(
    list('/decisions', decisionSchema, 'Decisions and refusals with their reasons, newest first'),
    async (c) =>
      c.json((await within(source.decisions(c.req.valid('query').limit), 'the store')).map(decisionJson), 200),
  );
  app.openapi(list('/alerts', alertSchema, 'Alerts, newest first'), async (c) =>
    c.json((await within(source.alerts(c.req.valid('query').limit), 'the store')).map(alertJson), 200),
  );
  app.openapi(single('/stats', statsSchema, 'Performance of the session'), async (c) => {
    const [equity, executions] = await within(Promise.all([source.equity(), source.executions(ALL)]), 'the store');
    return c.json(performanceStats(equity, executions), 200);
  });

  if (options.controls !== undefined) {
    app.openAPIRegistry.registerComponent('securitySchemes', 'controlToken', { type: 'http', scheme: 'bearer' });
    addControls(app, options.controls, clock);
  }

  app.get('/events', (c) => {
    if (hub.full) {
      return c.json(
        errorBody('TOO_MANY_CLIENTS', 'Too many event streams are open', 'Close another page, or poll.'),
        503,
      );
    }
    return c.body(
      hub.open(c.req.header('last-event-id'), () => c.env?.outgoing?.destroy()),
      200,
      {
        'Content-Type': 'text/event-stream',
        'Cache-Control': NO_STORE,
        'X-Accel-Buffering': 'no',
      },
    );
  });
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'Content-Type': metrics.registry.contentType }));
  app.doc('/openapi.json', {
    openapi: '3.0.3',
    info: { title: 'trading-agent status', version: '1', description: 'The trading agent, to watch and to stop.' },
  });

  app.get('*', async (c, next) => {
    const file = page.get(c.req.path);
    if (!file) {
      if (c.req.path !== '/') return next();
      return c.json(
        errorBody(
          'PAGE_NOT_BUILT',
          'The dashboard has not been built',
          '`agent start` builds it. The same figures are in the API, see /openapi.json.',
        ),
        404,
      );
    }
    const headers = { 'Content-Type': file.type, 'Cache-Control': file.cacheControl, ETag: file.etag };
    const known = (c.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return known.includes(file.etag) ? c.body(null, 304, headers) : c.body(file.body, 200, headers);
  });
  return app;
}
