import { type Answer, LocalServer, type ReceivedRequest, type Reply, type LocalSocket } from '@trading-agent/testkit';
import { z } from 'zod';

/** A market that stands still: what each contract is bid and asked. */
export type StandingQuotes = Readonly<Record<string, { readonly bid: number; readonly ask: number }>>;

const requestSchema = z.object({
  client_order_id: z.string(),
  qty: z.string(),
  type: z.enum(['limit', 'market']),
  time_in_force: z.literal('day'),
  limit_price: z.string().optional(),
  symbol: z.string().optional(),
  side: z.enum(['buy', 'sell']).optional(),
  position_intent: z.string().optional(),
  order_class: z.literal('mleg').optional(),
  legs: z
    .array(
      z.object({
        symbol: z.string(),
        ratio_qty: z.string(),
        side: z.enum(['buy', 'sell']),
        position_intent: z.string(),
      }),
    )
    .optional(),
});
type OrderRequest = z.infer<typeof requestSchema>;
type Leg = NonNullable<OrderRequest['legs']>[number];

interface FakeOrder {
  readonly id: string;
  readonly request: OrderRequest;
  readonly legs: readonly Leg[];
  readonly submittedAt: string;
  status: string;
}

/**
 * Enough of Alpaca for the broker contract: takes orders, fills what is marketable at once and whole at the standing quotes, speaks
 * `trade_updates` in binary frames. The faithful simulator is the market-sim app.
 */
export class FakeAlpaca {
  readonly server: LocalServer;
  readonly #quotes: StandingQuotes;
  readonly #orders: FakeOrder[] = [];
  readonly #held = new Map<string, { quantity: number; price: number }>();
  readonly #listeners = new Set<LocalSocket>();
  #loseNext = false;

  private constructor(server: LocalServer, quotes: StandingQuotes) {
    this.server = server;
    this.#quotes = quotes;
    server.onRequest = (request) => this.#answer(request);
    server.onSocket = (socket) => {
      socket.on('message', (data: Buffer) => this.#onFrame(socket, JSON.parse(data.toString('utf8'))));
      socket.on('close', () => this.#listeners.delete(socket));
    };
  }

  static async start(quotes: StandingQuotes): Promise<FakeAlpaca> {
    return new FakeAlpaca(await LocalServer.start(), quotes);
  }

  /** The next submission is taken, the connection cut before its answer. */
  loseNextAnswer(): void {
    this.#loseNext = true;
  }

  #onFrame(socket: LocalSocket, frame: unknown): void {
    const { action } = z.looseObject({ action: z.string() }).parse(frame);
    if (action === 'authenticate') {
      send(socket, { stream: 'authorization', data: { status: 'authorized', action } });
    } else if (action === 'listen') {
      this.#listeners.add(socket);
      send(socket, { stream: 'listening', data: { streams: ['trade_updates'] } });
    }
  }

  #answer(request: ReceivedRequest): Reply {
    const { method, path } = request;
    if (method === 'POST' && path === '/v2/orders') return this.#submit(request);
    if (method === 'DELETE') return this.#cancel(path.slice('/v2/orders/'.length));
    switch (path) {
      case '/v2/account':
        return {
          body: {
            account_number: 'FAKE1',
            status: 'ACTIVE',
            cash: '50000',
            equity: '50000',
            last_equity: '50000',
            options_buying_power: '50000',
            options_trading_level: 3,
          },
        };
      case '/v2/positions':
        return {
          body: [...this.#held].map(([symbol, { quantity, price }]) => ({
            symbol,
            qty: String(quantity),
            side: quantity < 0 ? 'short' : 'long',
            avg_entry_price: String(price),
          })),
        };
      case '/v2/orders':
        return { body: this.#orders.map((order) => this.#show(order)) };
      case '/v2/orders:by_client_order_id': {
        const id = request.query.get('client_order_id');
        const order = this.#orders.find((candidate) => candidate.request.client_order_id === id);
        return order ? { body: this.#show(order) } : NOT_FOUND;
      }
      default:
        return NOT_FOUND;
    }
  }

  #submit({ body }: ReceivedRequest): Reply {
    const request = requestSchema.parse(JSON.parse(body));
    if (this.#orders.some((order) => order.request.client_order_id === request.client_order_id))
      return { status: 422, body: { code: 40010001, message: 'client_order_id must be unique' } };
    const rank = this.#orders.length + 1;
    const order: FakeOrder = {
      id: `00000000-0000-4000-8000-${String(rank).padStart(12, '0')}`,
      request,
      legs: request.legs ?? [
        {
          symbol: request.symbol ?? '',
          ratio_qty: '1',
          side: request.side ?? 'buy',
          position_intent: request.position_intent ?? '',
        },
      ],
      submittedAt: `2015-12-24T15:00:00.${String(rank).padStart(9, '0')}Z`,
      status: 'new',
    };
    this.#orders.push(order);
    this.#tell(order, { event: 'new' });
    this.#match(order);
    const lost = this.#loseNext;
    this.#loseNext = false;
    return lost ? 'cut' : { body: this.#show(order) };
  }

  #match(order: FakeOrder): void {
    const net = order.legs.reduce((sum, leg) => sum + sign(leg) * Number(leg.ratio_qty) * this.#price(leg), 0);
    const limit = order.request.limit_price === undefined ? Infinity : Number(order.request.limit_price);
    const signed = order.request.order_class === undefined && order.request.side === 'sell' ? -limit : limit;
    if (net > signed + 1e-9) return;
    order.status = 'filled';
    const units = Number(order.request.qty);
    for (const leg of order.legs) {
      const before = this.#held.get(leg.symbol)?.quantity ?? 0;
      const quantity = before + sign(leg) * units * Number(leg.ratio_qty);
      if (quantity === 0) this.#held.delete(leg.symbol);
      else this.#held.set(leg.symbol, { quantity, price: this.#price(leg) });
    }
    const common = { event: 'fill', event_id: `event-${order.id}`, qty: order.request.qty };
    const [only] = order.legs;
    if (order.request.order_class === undefined && only) {
      this.#tell(order, { ...common, execution_id: `execution-${order.id}`, price: String(this.#price(only)) });
      return;
    }
    const legs = order.legs.map((leg, index) => ({
      execution_id: `execution-${order.id}-${index}`,
      symbol: leg.symbol,
      qty: String(units * Number(leg.ratio_qty)),
      price: String(this.#price(leg)),
    }));
    this.#tell(order, { ...common, price: net.toFixed(4), legs });
  }

  #cancel(id: string): Answer {
    const order = this.#orders.find((candidate) => candidate.id === id);
    if (!order) return NOT_FOUND;
    if (order.status !== 'new') return { status: 422, body: { code: 42210000, message: 'order is not cancelable' } };
    order.status = 'canceled';
    this.#tell(order, { event: 'canceled' });
    return { status: 204 };
  }

  #tell(order: FakeOrder, facts: Readonly<Record<string, unknown>>): void {
    const data = { timestamp: '2015-12-24T15:00:00.123456789Z', order: this.#show(order), ...facts };
    for (const socket of this.#listeners) send(socket, { stream: 'trade_updates', data });
  }

  #show(order: FakeOrder): Readonly<Record<string, unknown>> {
    const { request } = order;
    const filled = order.status === 'filled';
    const common = {
      id: order.id,
      client_order_id: request.client_order_id,
      qty: request.qty,
      filled_qty: filled ? request.qty : '0',
      type: request.type,
      limit_price: request.limit_price ?? null,
      status: order.status,
      submitted_at: order.submittedAt,
    };
    const [only] = order.legs;
    if (request.order_class === undefined && only) {
      const { symbol, side, position_intent } = only;
      const average = filled ? String(this.#price(only)) : null;
      return { ...common, order_class: 'simple', symbol, side, position_intent, filled_avg_price: average, legs: null };
    }
    const legs = order.legs.map((leg) => {
      const qty = String(Number(request.qty) * Number(leg.ratio_qty));
      const shown = { ...leg, qty, filled_qty: filled ? qty : '0', type: '', status: order.status };
      return { ...shown, filled_avg_price: filled ? String(this.#price(leg)) : null, limit_price: null };
    });
    return { ...common, order_class: 'mleg', symbol: '', asset_class: '', side: '', legs };
  }

  #price(leg: Leg): number {
    const quote = this.#quotes[leg.symbol];
    return (leg.side === 'buy' ? quote?.ask : quote?.bid) ?? Number.NaN;
  }
}

const NOT_FOUND: Answer = { status: 404, body: { code: 40410000, message: 'order not found' } };

function sign(leg: Leg): 1 | -1 {
  return leg.side === 'buy' ? 1 : -1;
}

function send(socket: LocalSocket, message: unknown): void {
  socket.send(Buffer.from(JSON.stringify(message)), { binary: true });
}
