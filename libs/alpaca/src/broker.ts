import type {
  Broker,
  BrokerAccount,
  BrokerEvent,
  BrokerOrder,
  BrokerPosition,
  RiskApproved,
} from '@trading-agent/broker';
import {
  type Clock,
  type Random,
  TradingError,
  formatRfc3339,
  isTradingError,
  micros,
  microsFromRfc3339,
  seededRandom,
} from '@trading-agent/core';
import { baseUrl, type Log, realSleep, silentLog, type Sleep } from '@trading-agent/transport';
import { BehaviorSubject, Observable, Subject, share } from 'rxjs';
import { z } from 'zod';
import { badMessage, unreadable } from './errors.ts';
import { RestClient } from './http/client.ts';
import { isExpressible, toAccount, toBrokerOrder, toPosition } from './http/from-wire.ts';
import { type OrderObject, accountSchema, orderSchema, positionSchema } from './http/models.ts';
import { orderRequest } from './http/to-wire.ts';
import { type StreamStatus, TradeStream } from './socket/trade-stream.ts';

export interface AlpacaBrokerOptions {
  /** `https://paper-api.alpaca.markets`, or a simulator. */
  readonly tradingUrl: string;
  /** `wss://paper-api.alpaca.markets/stream`, or a simulator's; whole, path included. */
  readonly streamUrl: string;
  /** The revealed key pair: sent in headers and in the `authenticate` frame, never logged. */
  readonly keyId: string;
  readonly secretKey: string;
  readonly clock: Clock;
  readonly logger?: Log;
  /** Per request and per stream log-in; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Jitter of back-offs; seeded with the clock by default. */
  readonly random?: Random;
  /** How back-offs wait; the machine's timer by default. */
  readonly sleep?: Sleep;
}

/** Alpaca as a broker, with what a supervisor must know beside the port. */
export interface AlpacaBroker extends Broker {
  /** The order stream's present state, then every change. Each `listening` with `reconnected` calls for a reconciliation. */
  readonly connection: Observable<StreamStatus>;
  /** Trade updates (repeats and unreadable ones included) that the present connection has brought, told after each. */
  readonly progress: Observable<number>;
  /**
   * Messages after which the books can't be trusted: a fill that was busted or corrected (`BROKER_DISAGREES`), an update that could not be
   * read (`BROKER_BAD_MESSAGE`). Both codes halt trading until positions and orders have been reconciled.
   */
  readonly doubts: Observable<TradingError>;
}

const PAGE = 500;
/** 50,000 orders of one account since one instant: more than any session of ours. */
const MAX_PAGES = 100;

/**
 * A broker that speaks Alpaca's trading protocols. Nothing connects before the first call or subscription.
 * @throws {TradingError} `CONFIG_INVALID` for a URL that would send keys in clear over a network, `CREDENTIALS_MISSING` without keys.
 */
export function createAlpacaBroker(options: AlpacaBrokerOptions): AlpacaBroker {
  if (options.keyId === '' || options.secretKey === '') {
    throw new TradingError('CREDENTIALS_MISSING', 'Trading needs a key pair', {
      hint: 'Set ALPACA_API_KEY and ALPACA_SECRET_KEY, or run with --market sim or --market replay.',
    });
  }
  const shared = {
    keyId: options.keyId,
    secretKey: options.secretKey,
    timeoutMs: options.timeoutMs ?? 10_000,
    clock: options.clock,
    random: options.random ?? seededRandom(`alpaca/${options.clock.now()}`),
    sleep: options.sleep ?? realSleep,
    log: options.logger ?? silentLog,
  };
  const rest = new RestClient({ ...shared, baseUrl: baseUrl('alpaca.tradingUrl', options.tradingUrl, 'http') });
  const streamUrl = baseUrl('alpaca.streamUrl', options.streamUrl, 'ws');
  const connection = new BehaviorSubject<StreamStatus>({ state: 'idle' });
  const progress = new Subject<number>();
  const doubts = new Subject<TradingError>();

  const events = new Observable<BrokerEvent>((subscriber) => {
    const stream = new TradeStream({
      ...shared,
      url: streamUrl,
      onEvent: (event) => subscriber.next(event),
      onProgress: (received) => progress.next(received),
      onStatus: (status) => connection.next(status),
      onDoubt: (error) => doubts.next(error),
      onFatal: (error) => subscriber.error(error),
    });
    void stream.run();
    return () => {
      stream.close();
      connection.next({ state: 'idle' });
    };
  }).pipe(share());

  /** A package that came without its legs is asked for once more with them. */
  const complete = async (row: OrderObject): Promise<OrderObject> =>
    row.order_class === 'mleg' && !row.legs?.length
      ? read(orderSchema, await rest.get(`/v2/orders/${encodeURIComponent(row.id)}`, { nested: 'true' }), 'order')
      : row;

  return {
    connection: connection.asObservable(),
    progress: progress.asObservable(),
    doubts: doubts.asObservable(),
    events,

    async account(): Promise<BrokerAccount> {
      return express('account', toAccount, read(accountSchema, await rest.get('/v2/account'), 'account'));
    },

    async positions(): Promise<readonly BrokerPosition[]> {
      const rows = read(z.array(positionSchema), await rest.get('/v2/positions'), 'positions');
      return rows.map((row) => express(`position ${row.symbol}`, toPosition, row));
    },

    async orders(since: string): Promise<readonly BrokerOrder[]> {
      const found = new Map<string, OrderObject>();
      // `after` excludes its instant, and pages are cut by time: one microsecond earlier, repeats fall together by id.
      let after = justBefore(since);
      for (let page = 0; page < MAX_PAGES; page++) {
        const query = { status: 'all', direction: 'asc', nested: 'true', limit: String(PAGE), after };
        const rows = read(z.array(orderSchema), await rest.get('/v2/orders', query), 'orders');
        const known = found.size;
        for (const row of rows) found.set(row.id, row);
        const last = rows.at(-1);
        if (rows.length < PAGE || !last) {
          const expressible = [...found.values()].filter(isExpressible);
          return expressible.map((row) => express(`order ${row.id}`, toBrokerOrder, row));
        }
        if (found.size === known) throw badMessage('The list of orders repeats the same page', { after });
        after = justBefore(last.submitted_at ?? last.created_at ?? after);
      }
      throw badMessage(`More than ${MAX_PAGES * PAGE} orders since ${since}`);
    },

    async orderByClientId(clientOrderId: string): Promise<BrokerOrder | undefined> {
      let answer: unknown;
      try {
        answer = await rest.get('/v2/orders:by_client_order_id', { client_order_id: clientOrderId });
      } catch (error) {
        if (isTradingError(error, 'BROKER_NOT_FOUND')) return undefined;
        throw error;
      }
      const row = await complete(read(orderSchema, answer, 'order'));
      return express(`order ${clientOrderId}`, toBrokerOrder, row);
    },

    async submit({ order }: RiskApproved): Promise<{ readonly brokerOrderId: string }> {
      const answer = await rest.post('/v2/orders', orderRequest(order));
      const accepted = z.looseObject({ id: z.string().min(1) }).safeParse(answer);
      if (!accepted.success) throw unreadable({ method: 'POST', path: '/v2/orders' }, accepted.error);
      return { brokerOrderId: accepted.data.id };
    },

    async cancel(brokerOrderId: string): Promise<void> {
      await rest.delete(`/v2/orders/${encodeURIComponent(brokerOrderId)}`);
    },
  };
}

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw badMessage(`The broker's ${what} can not be read`, {}, parsed.error);
  return parsed.data;
}

/** What can't be expressed is a bad message, never a guess: positions and orders are what reconciliation stands on. */
function express<From, To>(what: string, convert: (row: From) => To, row: From): To {
  try {
    return convert(row);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw badMessage(`The broker's ${what} can not be read${why}`, {}, cause);
  }
}

function justBefore(instant: string): string {
  return formatRfc3339(micros(microsFromRfc3339(instant) - 1));
}
