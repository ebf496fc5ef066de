import { auth, marketData, streaming, trading } from '@alpacahq/alpaca-trade-api';
import { usd } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from './options.ts';
import type { MarketSim } from './server.ts';
import { admin, step } from './testing/sessions.ts';
import { CALL_740, CALL_750, CALL_760, startTinySim } from './testing/tiny-market.ts';

const { keyId, secretKey } = DEFAULT_KEYS;
const { Limit } = trading.OrderType;
const { Day } = trading.TimeInForce;
const { Buy, Sell } = trading.OrderSide;

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim({ balance: usd(200_000) });
  await step(sim);
});
afterEach(() => sim.close());

const configuration = (secret = secretKey): trading.Configuration =>
  new trading.Configuration({ basePath: sim.url, apiKey: auth.apiKeyAuth({ keyId, secret }) });

function limitOrder(
  symbol: string,
  qty: string,
  limitPrice: string,
  side: trading.OrderSide = Buy,
): trading.PostOrderRequest {
  return { symbol, qty, side, type: Limit, limitPrice, timeInForce: Day };
}
const spread = (limitPrice: string, qty = '1'): trading.PostOrderRequest => ({
  orderClass: trading.OrderClass.Mleg,
  qty,
  type: Limit,
  limitPrice,
  timeInForce: Day,
  legs: [
    { symbol: CALL_750, ratioQty: '1', side: Buy },
    { symbol: CALL_760, ratioQty: '1', side: Sell },
  ],
});

/** Listens to the stream: what each update says, and a wait for the first of a kind. */
async function tradeUpdates(): Promise<{
  readonly seen: readonly unknown[];
  readonly stream: streaming.TradingStream;
  readonly until: (event: string) => Promise<void>;
}> {
  const stream = new streaming.TradingStream({
    credentials: { keyId, secret: secretKey },
    url: `${sim.wsUrl}/stream`,
    reconnect: false,
  });
  const seen: [event: string, filled: unknown, symbol: unknown][] = [];
  let heard = (): void => {};
  stream.onTradeUpdate((update) => {
    seen.push([update.event, update.order.filledQty, update.order.symbol]);
    heard();
  });
  const authorized = new Promise<void>((resolve) => {
    stream.on(streaming.EVENT.AUTHORIZED, () => resolve());
  });
  stream.subscribeTradeUpdates();
  stream.connect();
  await authorized;
  // A REST answer after the stream's: the listening has been taken too.
  await new trading.AccountsApi(configuration()).getAccount();
  const until = (event: string): Promise<void> =>
    new Promise((resolve) => {
      heard = () => {
        if (seen.some(([told]) => told === event)) resolve();
      };
      heard();
    });
  return { seen, stream, until };
}

describe('@alpacahq/alpaca-trade-api in a scripted session', () => {
  it('places, replaces, reads and cancels orders, single and package', async () => {
    const orders = new trading.OrdersApi(configuration());
    const post = (postOrderRequest: trading.PostOrderRequest) => orders.postOrder({ postOrderRequest });
    const resting = await post({ ...limitOrder(CALL_740, '2', '11.00'), clientOrderId: 'resting' });
    const better = await orders.patchOrderByOrderId({
      orderId: resting.id ?? '',
      patchOrderRequest: { qty: '3', limitPrice: '11.10' },
    });
    expect(better.id).not.toBe(resting.id);
    expect(await orders.getOrderByOrderID({ orderId: resting.id ?? '' })).toMatchObject({
      status: 'replaced',
      replacedBy: better.id,
    });
    const sold = await post(spread('-1.00'));
    const parent = await orders.getOrderByOrderID({ orderId: sold.id ?? '', nested: true });
    expect(parent).toMatchObject({ symbol: '', limitPrice: '-1', orderClass: 'mleg', status: 'new' });
    expect(parent.legs?.map((leg) => leg.symbol)).toEqual([CALL_750, CALL_760]);
    expect((await orders.getAllOrders({ nested: true })).map(({ id }) => id)).toEqual([sold.id, better.id]);
    expect(await orders.getOrderByClientOrderId({ clientOrderId: 'resting' })).toMatchObject({ id: resting.id });
    await orders.deleteOrderByOrderID({ orderId: sold.id ?? '' });
    const canceled = await orders.deleteAllOrders();
    expect(canceled.map(({ id, status }) => [id, status])).toEqual([[better.id, 200]]);
    expect((await orders.getAllOrders({ status: 'closed' })).map(({ status }) => status)).toContain('canceled');
  });

  it.each<[why: string, status: number, request: () => trading.PostOrderRequest]>([
    ['a fraction of a cent', 422, () => limitOrder(CALL_740, '1', '12.405')],
    ['one leg', 422, () => ({ ...spread('1'), legs: [{ symbol: CALL_750, ratioQty: '1', side: Buy }] })],
    [
      'a stock leg',
      422,
      () => ({
        ...spread('1'),
        legs: [
          { symbol: CALL_750, ratioQty: '1', side: Buy },
          { symbol: 'GOOG', ratioQty: '1', side: Sell },
        ],
      }),
    ],
    [
      'ratios with a divisor',
      422,
      () => ({ ...spread('1'), legs: (spread('1').legs ?? []).map((leg) => ({ ...leg, ratioQty: '2' })) }),
    ],
    [
      'an uncovered short leg',
      403,
      () => ({ ...spread('1'), legs: (spread('1').legs ?? []).map((leg) => ({ ...leg, side: Sell })) }),
    ],
    ['more than the account can pay', 403, () => limitOrder(CALL_740, '900', '12.40')],
    ['a part of a contract', 422, () => limitOrder(CALL_740, '0.5', '12.40')],
  ])('is refused %s', async (_why, status, request) => {
    const orders = new trading.OrdersApi(configuration());
    await expect(orders.postOrder({ postOrderRequest: request() })).rejects.toMatchObject({ status });
  });

  it('is told of wrong keys, of what does not exist, and of too many requests with their headers', async () => {
    await expect(new trading.AccountsApi(configuration('wrong')).getAccount()).rejects.toMatchObject({ status: 401 });
    const positions = new trading.PositionsApi(configuration());
    await expect(positions.getOpenPosition({ symbolOrAssetId: CALL_740 })).rejects.toMatchObject({ status: 404 });
    await admin(sim, 'POST', 'faults', { fault: 'html-page', room: 'alpaca', times: 1, with: { status: 401 } });
    await expect(positions.getAllOpenPositions()).rejects.toMatchObject({ status: 401 });
    expect(await positions.getAllOpenPositions()).toEqual([]);
  });

  it('closes positions in part and all, exercises and declines', async () => {
    const orders = new trading.OrdersApi(configuration());
    const positions = new trading.PositionsApi(configuration());
    await orders.postOrder({ postOrderRequest: limitOrder(CALL_740, '3', '12.40') });
    await orders.postOrder({ postOrderRequest: spread('3.70', '2') });
    const part = await positions.deleteOpenPosition({ symbolOrAssetId: CALL_740, qty: 1 });
    expect(part).toMatchObject({ side: 'sell', type: 'market', qty: '1' });
    expect(await positions.getOpenPosition({ symbolOrAssetId: CALL_740 })).toMatchObject({ qty: '2', side: 'long' });
    await positions.optionDoNotExercise({ symbolOrContractId: CALL_740 });
    await positions.optionExercise({ symbolOrContractId: CALL_740 });
    expect(await positions.getOpenPosition({ symbolOrAssetId: 'GOOG' })).toMatchObject({ qty: '200' });
    await expect(positions.optionExercise({ symbolOrContractId: CALL_760 })).rejects.toMatchObject({ status: 403 });
    const closed = await positions.deleteAllOpenPositions({ cancelOrders: true });
    expect(closed.map(({ symbol, status }) => [symbol, Number(status)])).toEqual([
      [CALL_760, 200],
      [CALL_750, 200],
      ['GOOG', 200],
    ]);
    // Of shares a minute takes a round lot at least, this market's volume is no more.
    expect(await positions.getAllOpenPositions()).toMatchObject([{ symbol: 'GOOG', qty: '100', qtyAvailable: '0' }]);
    await step(sim);
    expect(await positions.getAllOpenPositions()).toEqual([]);
  });

  it('sells shares by order: kept, canceled, filled, told on the stream, and never more than are held', async () => {
    const orders = new trading.OrdersApi(configuration());
    const post = (postOrderRequest: trading.PostOrderRequest) => orders.postOrder({ postOrderRequest });
    await post(limitOrder(CALL_740, '2', '12.40'));
    await new trading.PositionsApi(configuration()).optionExercise({ symbolOrContractId: CALL_740 });
    const { seen, stream, until } = await tradeUpdates();
    await expect(post(limitOrder('GOOG', '1', '700.00', Buy))).rejects.toMatchObject({ status: 422 });
    await expect(post(limitOrder('GOOG', '201', '700.00', Sell))).rejects.toMatchObject({ status: 403 });
    const resting = await post({ ...limitOrder('GOOG', '150', '800.00', Sell), clientOrderId: 'shares' });
    expect(resting).toMatchObject({ symbol: 'GOOG', assetClass: 'us_equity', side: 'sell', limitPrice: '800' });
    await expect(post(limitOrder('GOOG', '51', '700.00', Sell))).rejects.toMatchObject({ status: 403 });
    expect(await orders.getOrderByClientOrderId({ clientOrderId: 'shares' })).toMatchObject({ status: 'new' });
    await orders.deleteOrderByOrderID({ orderId: resting.id ?? '' });
    const sold = await post(limitOrder('GOOG', '200', '740.00', Sell));
    await step(sim);
    await until('fill');
    stream.disconnect();
    expect(seen).toEqual([
      ['new', '0', 'GOOG'],
      ['canceled', '0', 'GOOG'],
      ['new', '0', 'GOOG'],
      ['partial_fill', '100', 'GOOG'],
      ['fill', '200', 'GOOG'],
    ]);
    // Half a spread below 745 and 746.
    const shown = await orders.getOrderByOrderID({ orderId: sold.id ?? '' });
    expect(shown).toMatchObject({ status: 'filled', filledQty: '200', filledAvgPrice: '745.12' });
    const activities = new trading.AccountActivitiesApi(configuration());
    const fills = await activities.getAccountActivities({ activityTypes: ['FILL'] });
    expect(fills.filter(({ symbol }) => symbol === 'GOOG')).toHaveLength(2);
  });

  it('reads activities over pages, history, configuration, assets, clock and calendar', async () => {
    const orders = new trading.OrdersApi(configuration());
    await orders.postOrder({ postOrderRequest: limitOrder(CALL_740, '1', '12.40') });
    await orders.postOrder({ postOrderRequest: spread('3.70') });
    const activities = new trading.AccountActivitiesApi(configuration());
    const first = await activities.getAccountActivities({ pageSize: 2 });
    const last = first.at(-1);
    const second = await activities.getAccountActivities({ pageSize: 2, pageToken: String(last?.id) });
    expect([first.length, second.length]).toEqual([2, 1]);
    const history = await new trading.PortfolioHistoryApi(configuration()).getAccountPortfolioHistory({ period: '1D' });
    expect(history).toMatchObject({ baseValue: 200_000, timeframe: '1Min' });
    const settings = new trading.AccountConfigurationsApi(configuration());
    expect(await settings.patchAccountConfig({ accountConfigurations: { suspendTrade: true } })).toMatchObject({
      suspendTrade: true,
    });
    await expect(orders.postOrder({ postOrderRequest: limitOrder(CALL_740, '1', '12.40') })).rejects.toMatchObject({
      status: 403,
    });
    const assets = new trading.AssetsApi(configuration());
    expect(await assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: 'GOOG' })).toMatchObject({ tradable: true });
    const contracts = await assets.getOptionsContracts({
      underlyingSymbols: 'GOOG',
      expirationDateLte: new Date('2016-02-20'),
    });
    expect(contracts.optionContracts.length).toBeGreaterThan(3);
  });

  it('follows a package on the stream: partial fills with legs and positions', async () => {
    const { seen, stream, until } = await tradeUpdates();
    await new trading.OrdersApi(configuration()).postOrder({ postOrderRequest: spread('3.90', '4') });
    await step(sim);
    await until('fill');
    stream.disconnect();
    expect(seen).toEqual([
      ['new', '0', ''],
      ['partial_fill', '2', ''],
      ['fill', '4', ''],
    ]);
  });

  it('reads option data: chain, quotes, trades, bars, and streams it in MessagePack', async () => {
    const options = new marketData.OptionApi(
      new marketData.Configuration({ basePath: sim.url, apiKey: auth.apiKeyAuth({ keyId, secret: secretKey }) }),
    );
    await step(sim);
    const chain = await options.optionChain({ underlyingSymbol: 'GOOG', limit: 2 });
    expect(chain.nextPageToken).toEqual(expect.any(String));
    expect(chain.snapshots?.[CALL_740]).toMatchObject({
      latestQuote: { bp: 12.1, ap: 12.5 },
      latestTrade: { p: 12.2 },
    });
    expect((await options.optionLatestQuotes({ symbols: CALL_740 })).quotes[CALL_740]).toMatchObject({ bp: 12.1 });
    expect((await options.optionTrades({ symbols: CALL_740 })).trades[CALL_740]).toHaveLength(1);
    expect((await options.optionBars({ symbols: CALL_740, timeframe: '1Day' })).bars[CALL_740]).toHaveLength(1);
    expect(await options.optionMetaExchanges()).toHaveProperty('C');

    const stream = new streaming.OptionDataStream({
      credentials: { keyId, secret: secretKey },
      url: `${sim.wsUrl}/v1beta1/opra`,
      reconnect: false,
    });
    const quotes: unknown[] = [];
    const quoted = new Promise<void>((resolve) => {
      stream.onQuote((quote) => {
        quotes.push([quote.symbol, quote.bidPrice, quote.askPrice]);
        resolve();
      });
    });
    const subscribed = new Promise<void>((resolve) => {
      stream.on(streaming.EVENT.SUBSCRIPTION, () => resolve());
    });
    stream.subscribeForQuotes([CALL_740]);
    stream.connect();
    await subscribed;
    await step(sim);
    await quoted;
    stream.disconnect();
    expect(quotes).toEqual([[CALL_740, 12.2, 12.6]]);
  });
});
