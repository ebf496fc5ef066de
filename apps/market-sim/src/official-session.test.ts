import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import * as massive from '@massive.com/client-js';
import * as polygon from '@polygon.io/client-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_BUCKET, DEFAULT_FLAT_FILE_KEYS, DEFAULT_KEYS } from './options.ts';
import type { MarketSim } from './server.ts';
import { admin, row, step } from './testing/sessions.ts';
import { type Message, parseMessages } from './testing/test-socket.ts';
import { CALL_740, CALL_750, startTinySim } from './testing/tiny-market.ts';

const KEY = DEFAULT_KEYS.polygonKey;
const TICKER = `O:${CALL_740}`;

describe('a scripted session with the vendor’s own REST clients', () => {
  let sim: MarketSim;
  beforeEach(async () => {
    sim = await startTinySim();
    await step(sim, 3);
  });
  afterEach(() => sim.close());

  it('@massive.com/client-js: contracts and chain over pages, one contract, bars, ticks, indices, status', async () => {
    const rest = massive.restClient(KEY, sim.url, { pagination: true });
    const contracts = await rest.listOptionsContracts({ underlyingTicker: 'GOOG', limit: 2 });
    expect(new Set(contracts.results?.map(({ ticker }) => ticker)).size).toBe(5);
    const chain = await rest.getOptionsChain({ underlyingAsset: 'GOOG', limit: 2 });
    expect(chain.results).toHaveLength(5);
    const call = chain.results?.find(({ details }) => details.ticker === TICKER);
    expect(call).toMatchObject({ last_quote: { bid: 12.2, ask: 12.6 }, greeks: { delta: expect.any(Number) } });
    const one = await rest.getOptionContract({ underlyingAsset: 'GOOG', optionContract: TICKER });
    expect(one.results).toMatchObject({ details: { strike_price: 740 } });
    const bars = await rest.getOptionsAggregates({
      optionsTicker: TICKER,
      multiplier: 1,
      timespan: massive.GetOptionsAggregatesTimespanEnum.Minute,
      from: '2016-01-05',
      to: '2016-01-05',
    });
    expect(bars.results).toMatchObject([{ c: 12.2 }]);
    expect((await rest.getOptionsQuotes({ optionsTicker: TICKER, limit: 1 })).results).toHaveLength(3);
    expect((await rest.getSnapshots({ tickerAnyOf: `GOOG,${TICKER},NOPE` })).results).toMatchObject([
      { ticker: 'GOOG' },
      { ticker: TICKER },
      { ticker: 'NOPE', error: 'NOT_FOUND' },
    ]);
    expect(await rest.getMarketStatus()).toMatchObject({ market: 'open' });
  });

  it.each([
    ['@massive.com/client-js', (key: string) => massive.restClient(key, sim.url).getMarketStatus()],
    ['@polygon.io/client-js', (key: string) => polygon.restClient(key, sim.url).getMarketStatus()],
  ])('%s: a wrong key, too many requests, a page of HTML, and all is well again', async (_client, ask) => {
    await expect(ask('wrong')).rejects.toThrow('401');
    await admin(sim, 'POST', 'faults', { fault: 'rate-limit', room: 'polygon', times: 1, with: { body: 'empty' } });
    await expect(ask(KEY)).rejects.toThrow('429');
    await admin(sim, 'POST', 'faults', { fault: 'html-page', room: 'polygon', times: 1, with: { status: 503 } });
    await expect(ask(KEY)).rejects.toThrow('503');
    expect(row(await ask(KEY))['market']).toBe('open');
  });
});

describe.each([
  ['@massive.com/client-js', massive.websocketClient],
  ['@polygon.io/client-js', polygon.websocketClient],
])('a scripted session with the sockets of %s', (_name, websocketClient) => {
  let sim: MarketSim;
  beforeEach(async () => {
    sim = await startTinySim();
  });
  afterEach(() => sim.close());

  type Socket = ReturnType<ReturnType<typeof websocketClient>['options']>;
  /** Everything the client hands on, message by message; `null` when the connection has ended. */
  function messagesOf(socket: Socket): () => Promise<Message | null> {
    const arrived: (Message | null)[] = [];
    const waiting: ((message: Message | null) => void)[] = [];
    const deliver = (message: Message | null): void => {
      const resolve = waiting.shift();
      if (resolve) resolve(message);
      else arrived.push(message);
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      for (const message of parseMessages(String(data))) deliver(message);
    };
    socket.onclose = () => deliver(null);
    return () => {
      const message = arrived.shift();
      return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
    };
  }

  it('greets, subscribes, is silent about unknown topics, streams options and stocks, ends without a close frame', async () => {
    const options = websocketClient(KEY, sim.wsUrl).options();
    const stocks = websocketClient(KEY, sim.wsUrl).stocks();
    const [next, nextStock] = [messagesOf(options), messagesOf(stocks)];
    // The clients authenticate by themselves, once they have been greeted.
    for (const each of [next, nextStock]) {
      expect(await each()).toMatchObject({ status: 'connected' });
      expect(await each()).toMatchObject({ status: 'auth_success' });
    }
    options.send(JSON.stringify({ action: 'subscribe', params: `Q.${TICKER},X.${TICKER},Q.O:${CALL_750},T.*` }));
    const acknowledged = [await next(), await next(), await next()].map((each) => each?.['message']);
    expect(acknowledged).toEqual([
      `subscribed to: Q.${TICKER}`,
      `subscribed to: Q.O:${CALL_750}`,
      'subscribed to: T.*',
    ]);
    stocks.send(JSON.stringify({ action: 'subscribe', params: 'AM.GOOG' }));
    expect(await nextStock()).toMatchObject({ status: 'success' });
    await step(sim, 2);
    const events = [await next(), await next(), await next(), await next(), await next()];
    expect(events.map((each) => each?.['ev'])).toEqual(['Q', 'Q', 'Q', 'Q', 'T']);
    expect([await nextStock(), await nextStock()]).toMatchObject([{ ev: 'AM' }, { ev: 'AM', c: 746 }]);
    await admin(sim, 'POST', 'faults', { fault: 'dropped-connection', room: 'options' });
    await step(sim);
    expect(await next()).toBeNull();
    stocks.close();
  });

  it('is told of a wrong key and dropped, and of a connection too many after it has subscribed', async () => {
    const refused = messagesOf(websocketClient('wrong', sim.wsUrl).options());
    expect(await refused()).toMatchObject({ status: 'connected' });
    expect(await refused()).toMatchObject({ status: 'auth_failed' });
    expect(await refused()).toBeNull();
    const first = websocketClient(KEY, sim.wsUrl).options();
    const second = websocketClient(KEY, sim.wsUrl).options();
    const [next, further] = [messagesOf(first), messagesOf(second)];
    for (const [socket, each] of [
      [first, next],
      [second, further],
    ] as const) {
      await each();
      await each();
      socket.send(JSON.stringify({ action: 'subscribe', params: 'AM.*' }));
      expect(await each()).toMatchObject({ status: 'success' });
    }
    expect(await further()).toMatchObject({ status: 'max_connections' });
    expect(await further()).toBeNull();
    first.close();
  });
});

describe('flat files with @aws-sdk/client-s3', () => {
  const DAYS = 1_003;
  const PREFIX = 'us_options_opra/trades_v1/2016/01';
  const header = 'ticker,conditions,correction,exchange,';
  /** The two headers that trade files have had (PROVIDERS B), the same trade in both; several conditions are quoted. */
  const FILES = {
    [`${PREFIX}/2016-01-04.csv.gz`]: `${header}participant_timestamp,price,sip_timestamp,size\n${TICKER},"209,227",0,302,,12.2,1451917921234567000,3\n`,
    [`${PREFIX}/2016-01-05.csv.gz`]: `${header}price,sip_timestamp,size\n${TICKER},"209,227",0,302,12.2,1451917921234567000,3\n`,
  };
  let folder: string;
  let sim: MarketSim;
  const clients: S3Client[] = [];
  const client = (secretAccessKey = DEFAULT_FLAT_FILE_KEYS.secretKey): S3Client => {
    const made = new S3Client({
      endpoint: sim.s3Url ?? '',
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: DEFAULT_FLAT_FILE_KEYS.accessKey, secretAccessKey },
      maxAttempts: 1,
    });
    clients.push(made);
    return made;
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'official-s3-'));
    for (const [key, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), gzipSync(text));
    }
    mkdirSync(join(folder, 'us_stocks_sip'));
    for (let index = 0; index < DAYS - 2; index += 1)
      writeFileSync(join(folder, 'us_stocks_sip', `${index}.csv.gz`), '');
    sim = await startTinySim({ flatFiles: { root: folder, unentitled: ['us_stocks_sip'] } });
  });
  afterEach(async () => {
    for (const each of clients.splice(0)) each.destroy();
    await sim.close();
    rmSync(folder, { recursive: true });
  });

  it('lists the whole bucket by the thousand, reads whole files and ranges, in both forms of the header', async () => {
    const s3 = client();
    const pages: number[] = [];
    for await (const { KeyCount } of paginateListObjectsV2({ client: s3 }, { Bucket: DEFAULT_BUCKET }))
      pages.push(KeyCount ?? 0);
    expect(pages).toEqual([1_000, DAYS - 1_000]);
    for (const [key, text] of Object.entries(FILES)) {
      const whole = await s3.send(new GetObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key }));
      const bytes = Buffer.from((await whole.Body?.transformToByteArray()) ?? []);
      expect(gunzipSync(bytes).toString()).toBe(text);
      const part = await s3.send(new GetObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key, Range: 'bytes=2-5' }));
      expect(part.ContentRange).toBe(`bytes 2-5/${bytes.length}`);
      expect(Buffer.from((await part.Body?.transformToByteArray()) ?? [])).toEqual(bytes.subarray(2, 6));
    }
  });

  it('refuses what the plan lacks without a body, a wrong secret, a day that is not there', async () => {
    const get = (s3: S3Client, key: string): Promise<unknown> =>
      s3.send(new GetObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key }));
    await expect(get(client(), 'us_stocks_sip/1.csv.gz')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(get(client(), `${PREFIX}/2016-01-06.csv.gz`)).rejects.toMatchObject({ name: 'NoSuchKey' });
    const wrong = client('wrong');
    await expect(get(wrong, `${PREFIX}/2016-01-05.csv.gz`)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(wrong.send(new ListObjectsV2Command({ Bucket: DEFAULT_BUCKET }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });
});
