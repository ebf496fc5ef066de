import { auth, streaming, trading } from '@alpacahq/alpaca-trade-api';
import { GetStocksAggregatesTimespanEnum, restClient, websocketClient } from '@polygon.io/client-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from './options.ts';
import type { MarketSim } from './server.ts';
import { Lockstep } from './testing/sessions.ts';
import { type Message, parseMessages } from './testing/test-socket.ts';
import { CALL_740, CALL_750, CALL_760, startTinySim } from './testing/tiny-market.ts';

let sim: MarketSim;
let client: Lockstep;
beforeEach(async () => {
  sim = await startTinySim();
  client = await Lockstep.attach(sim);
});
afterEach(() => sim.close());

describe('@polygon.io/client-js', () => {
  it('reads contracts over pages, snapshots, aggregates over pages and the market status', async () => {
    await client.ready();
    const rest = restClient(DEFAULT_KEYS.polygonKey, sim.url, { pagination: true });
    const none = undefined;
    const contracts = await rest.listOptionsContracts(
      'GOOG',
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      none,
      2,
    );
    expect(contracts.results?.map(({ ticker }) => ticker).sort()).toHaveLength(5);
    const chain = await rest.getOptionsChain('GOOG', 740);
    expect(chain.results?.map(({ details }) => details.ticker)).toEqual([`O:${CALL_740}`, 'O:GOOG160115P00740000']);
    const minute = GetStocksAggregatesTimespanEnum.Minute;
    const bars = await rest.getStocksAggregates('GOOG', 1, minute, '2016-01-04', '2016-01-05', true, undefined, 3);
    expect(bars.results?.map(({ c }) => c).sort()).toEqual([741, 742, 743, 745]);
    expect(await rest.getMarketStatus()).toMatchObject({ market: 'open' });
    await expect(restClient('wrong', sim.url).getMarketStatus()).rejects.toThrow('401');
  });

  it('streams option quotes', async () => {
    const socket = websocketClient(DEFAULT_KEYS.polygonKey, sim.wsUrl).options();
    const quotes: Message[] = [];
    const subscribed = new Promise<void>((resolve) => {
      socket.onmessage = ({ data }: { data: unknown }) => {
        for (const message of parseMessages(String(data))) {
          if (message['status'] === 'auth_success') {
            socket.send(JSON.stringify({ action: 'subscribe', params: `Q.O:${CALL_740}` }));
          }
          if (message['status'] === 'success') resolve();
          if (message['ev'] === 'Q') quotes.push(message);
        }
      };
    });
    await subscribed;
    await client.runTo(2);
    socket.close();
    await new Promise<void>((resolve) => {
      socket.onclose = () => resolve();
    });
    expect(quotes.map(({ bp }) => bp)).toEqual([12, 12.1, 12.2]);
  });
});

describe('@alpacahq/alpaca-trade-api', () => {
  const { keyId, secretKey } = DEFAULT_KEYS;
  const configuration = (): trading.Configuration =>
    new trading.Configuration({ basePath: sim.url, apiKey: auth.apiKeyAuth({ keyId, secret: secretKey }) });

  it('trades a single leg and a package over REST and reads them back', async () => {
    await client.ready();
    const orders = new trading.OrdersApi(configuration());
    const { Limit } = trading.OrderType;
    const { Day } = trading.TimeInForce;
    const single = await orders.postOrder({
      postOrderRequest: {
        symbol: CALL_740,
        qty: '1',
        side: trading.OrderSide.Buy,
        type: Limit,
        limitPrice: '12.40',
        timeInForce: Day,
        clientOrderId: 'single',
      },
    });
    expect(single).toMatchObject({ clientOrderId: 'single', status: 'pending_new', symbol: CALL_740 });
    const spread = await orders.postOrder({
      postOrderRequest: {
        orderClass: trading.OrderClass.Mleg,
        qty: '1',
        type: Limit,
        limitPrice: '3.70',
        timeInForce: Day,
        clientOrderId: 'spread',
        legs: [
          { symbol: CALL_750, ratioQty: '1', side: trading.OrderSide.Buy },
          { symbol: CALL_760, ratioQty: '1', side: trading.OrderSide.Sell },
        ],
      },
    });
    const read = await orders.getOrderByOrderID({ orderId: spread.id ?? '' });
    expect(read).toMatchObject({ status: 'filled', filledAvgPrice: '3.7' });
    expect(read.legs?.map(({ symbol, filledAvgPrice }) => [symbol, filledAvgPrice])).toEqual([
      [CALL_750, '7.2'],
      [CALL_760, '3.5'],
    ]);
    const positions = await new trading.PositionsApi(configuration()).getAllOpenPositions();
    expect(positions.map(({ symbol, qty }) => [symbol, qty])).toEqual([
      [CALL_740, '1'],
      [CALL_750, '1'],
      [CALL_760, '-1'],
    ]);
    expect(await new trading.AccountsApi(configuration()).getAccount()).toMatchObject({
      accountNumber: sim.accountNumber,
      status: 'ACTIVE',
    });
    await expect(
      orders.postOrder({
        postOrderRequest: {
          symbol: CALL_740,
          qty: '1',
          side: trading.OrderSide.Buy,
          type: Limit,
          limitPrice: '1',
          timeInForce: Day,
          clientOrderId: 'single',
        },
      }),
    ).rejects.toMatchObject({ status: 422 });
  });

  it('follows trade updates on the stream', async () => {
    const stream = new streaming.TradingStream({
      credentials: { keyId, secret: secretKey },
      url: `${sim.wsUrl}/stream`,
      reconnect: false,
    });
    const events: string[] = [];
    const filled = new Promise<void>((resolve) => {
      stream.onTradeUpdate(({ event, order }) => {
        events.push(`${String(order.clientOrderId)} ${event}`);
        if (event === 'fill') resolve();
      });
    });
    const authorized = new Promise<void>((resolve) => {
      stream.on(streaming.EVENT.AUTHORIZED, () => resolve());
    });
    stream.subscribeTradeUpdates();
    stream.connect();
    await authorized;
    await client.ready();
    await new trading.OrdersApi(configuration()).postOrder({
      postOrderRequest: {
        symbol: CALL_740,
        qty: '1',
        side: trading.OrderSide.Buy,
        type: trading.OrderType.Market,
        timeInForce: trading.TimeInForce.Day,
        clientOrderId: 'followed',
      },
    });
    await filled;
    stream.disconnect();
    expect(events).toEqual(['followed new', 'followed fill']);
  });
});
