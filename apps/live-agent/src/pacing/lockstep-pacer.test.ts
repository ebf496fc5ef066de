import type { BrokerEvent } from '@trading-agent/broker';
import type { FeedEvent } from '@trading-agent/market-data';
import { aBar, AN_INSTANT, aQuote, Collected, LocalServer } from '@trading-agent/testkit';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { LockstepPacer } from './lockstep-pacer.ts';
import type { LinkStatus, PacedStep } from './pacer.ts';

type Channel = 'options' | 'stocks' | 'trades';

let server: LocalServer;
let said: Subject<{ type: string }>;
let heard: Collected<{ type: string }>;
let admin: WebSocket | null;
let feed: Subject<FeedEvent>;
let broker: Subject<BrokerEvent>;
let progress: Subject<{ channel: Channel; received: number }>;
let links: Subject<LinkStatus>;
let pacer: LockstepPacer;
let steps: Collected<PacedStep>;
/** What the market answers to `attach`. */
let answer: object | null;

const ATTACHED = {
  type: 'attached',
  accountNumber: 'SIM-1',
  session: { date: '2015-12-24', open: 1, close: 2 },
  steps: 3,
  nextStep: 0,
  at: 1,
};

beforeEach(async () => {
  server = await LocalServer.start();
  said = new Subject();
  heard = new Collected(said);
  admin = null;
  answer = ATTACHED;
  server.onSocket = (socket) => {
    admin = socket;
    socket.on('message', (data: Buffer) => {
      const message: { type: string } = JSON.parse(data.toString('utf8'));
      if (message.type === 'attach' && answer !== null) socket.send(JSON.stringify(answer));
      said.next(message);
    });
  };
  feed = new Subject();
  broker = new Subject();
  progress = new Subject();
  links = new Subject();
  newPacer(5_000);
});
afterEach(async () => {
  await pacer.close();
  await server.close();
});

function newPacer(timeoutMs: number): void {
  pacer = new LockstepPacer({ adminUrl: `${server.wsUrl}/admin`, feed, broker, progress, links, timeoutMs });
  steps = new Collected(pacer.steps);
}
function says(message: object): void {
  admin?.send(JSON.stringify(message));
}
const boundary = (step: number, counts: Partial<Record<Channel, number>> = {}): object => ({
  type: 'step',
  step,
  at: AN_INSTANT,
  counts: { options: 0, stocks: 0, trades: 0, ...counts },
});

describe('the pacer of a simulated market', () => {
  it('attaches after the last journaled step, tells when it is ready and answers steps', async () => {
    expect(await pacer.attach(7)).toEqual({ date: '2015-12-24', open: 1, close: 2, at: 1 });
    pacer.ready();
    says(boundary(8));
    await steps.until((all) => all.length === 1);
    pacer.acknowledge(8);
    await heard.until((all) => all.length === 3);
    expect(heard.values).toEqual([{ type: 'attach', afterStep: 7 }, { type: 'ready' }, { type: 'ack', step: 8 }]);
  });

  it('a step is what the market says it has sent, no more and no less', async () => {
    await pacer.attach(-1);
    pacer.ready();
    feed.next({ kind: 'quote', quote: aQuote() });
    progress.next({ channel: 'options', received: 1 });
    says(boundary(0, { options: 1, stocks: 1 }));
    feed.next({ kind: 'bar', bar: aBar() });
    progress.next({ channel: 'stocks', received: 1 });
    const [first] = await steps.until((all) => all.length === 1);
    expect(first).toEqual({ step: 0, at: AN_INSTANT, gaps: [], quotes: [aQuote()], bars: [aBar()], brokerEvents: [] });
  });

  it('is complete with the end of the market’s day', async () => {
    await pacer.attach(-1);
    pacer.ready();
    says({ type: 'end' });
    await expect(steps.failure()).rejects.toThrow(/completed/);
  });

  it('says what is missing of a step that does not arrive whole', async () => {
    newPacer(1_000);
    await pacer.attach(-1);
    pacer.ready();
    progress.next({ channel: 'trades', received: 1 });
    says(boundary(3, { trades: 4, stocks: 1 }));
    expect(await steps.failure()).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/Step 3 .*stocks 0 of 1, trades 1 of 4/),
    });
  });

  it.each(['options', 'stocks', 'orders'] as const)(
    'a lost connection (%s) ends the run, for a resume',
    async (link) => {
      await pacer.attach(-1);
      links.next({ link, state: 'up', reconnected: false, reason: '' });
      pacer.ready();
      links.next({ link, state: 'lost', reconnected: false, reason: 'closed with code 1006' });
      expect(await steps.failure()).toMatchObject({
        code: 'FEED_UNAVAILABLE',
        message: expect.stringContaining('1006'),
        hint: expect.stringContaining('--resume'),
      });
    },
  );

  it('a connection may come and go before the day begins, but not be away when it does', async () => {
    await pacer.attach(-1);
    links.next({ link: 'stocks', state: 'lost', reconnected: false, reason: 'refused' });
    links.next({ link: 'stocks', state: 'up', reconnected: false, reason: '' });
    pacer.ready();
    says(boundary(0));
    await steps.until((all) => all.length === 1);
    await pacer.close();
    newPacer(5_000);
    await pacer.attach(-1);
    links.next({ link: 'stocks', state: 'lost', reconnected: false, reason: 'refused' });
    pacer.ready();
    expect(await steps.failure()).toMatchObject({ code: 'FEED_UNAVAILABLE' });
  });

  it('ends when the admin channel does', async () => {
    await pacer.attach(-1);
    pacer.ready();
    admin?.terminate();
    expect(await steps.failure()).toMatchObject({ code: 'FEED_UNAVAILABLE' });
  });

  it('ends with the error of a source', async () => {
    await pacer.attach(-1);
    broker.error(new Error('refused'));
    expect(await steps.failure()).toMatchObject({ message: 'refused' });
  });

  it.each([
    [
      'a refusal in its own words',
      { type: 'error', message: 'Another client keeps step' },
      'FEED_UNAVAILABLE',
      /Another client/,
    ],
    ['silence', null, 'TIMEOUT', /did not answer/],
  ] as const)('gives %s when it may not attach', async (_what, told, code, words) => {
    newPacer(1_000);
    answer = told;
    await expect(pacer.attach(-1)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it('says how to start a market when there is none', async () => {
    await server.close();
    await expect(pacer.attach(-1)).rejects.toMatchObject({
      code: 'FEED_UNAVAILABLE',
      hint: expect.stringContaining('market-sim'),
    });
    server = await LocalServer.start();
  });
});
