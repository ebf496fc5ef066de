import { TradingError, isTradingError, marketDate, micros, toTradingError } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { FeedChannel, FeedEvent, QueueCounts } from '@trading-agent/market-data';
import { type Observable, Subject, type Subscription } from 'rxjs';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { LinkStatus, PacedSession, PacedStep, Pacer } from './pacer.ts';
import { StepCollector } from './step-collector.ts';

const attachedSchema = z.object({
  type: z.literal('attached'),
  accountNumber: z.string(),
  session: z.object({ date: z.string(), open: z.number(), close: z.number() }),
  at: z.number(),
});
const stepSchema = z.object({
  type: z.literal('step'),
  step: z.number().int(),
  at: z.number().int(),
  counts: z.object({ options: z.number(), stocks: z.number(), trades: z.number() }),
});
const messageSchema = z.union([
  attachedSchema,
  stepSchema,
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);
type StepMessage = z.infer<typeof stepSchema>;
type Channel = keyof StepMessage['counts'];

const CLOSE_TIMEOUT_MS = 500;

function lostLink(link: string, reason: string): TradingError {
  return new TradingError(
    'FEED_UNAVAILABLE',
    `The connection for ${link} to the simulated market was lost in the middle of the day: ${reason}`,
    { hint: 'Start again with --resume: the market tells everything anew from the last step in the journal.' },
  );
}

export interface LockstepOptions {
  /** `ws://host:port/admin` of the simulated market. */
  readonly adminUrl: string;
  readonly feed: Observable<FeedEvent>;
  readonly broker: Observable<BrokerEvent>;
  /** How many data events each channel's present connection has brought, told after they have been emitted. */
  readonly progress: Observable<{ readonly channel: FeedChannel | 'trades'; readonly received: number }>;
  /** Connections that come up and get lost. */
  readonly links: Observable<LinkStatus>;
  /** A step whose data has not all arrived within this time is a fault of the market or of the connection. */
  readonly timeoutMs: number;
}

/**
 * Paced by market-sim's admin channel: each step waits for exactly the events that the market says it has sent. What a lost connection has
 * missed can't be had again in the middle of a step, so a loss ends the run; a resumed one is told everything anew from the journal's last step.
 */
export class LockstepPacer implements Pacer {
  readonly redelivers = true;
  readonly #options: LockstepOptions;
  readonly #collector = new StepCollector();
  readonly #steps = new Subject<PacedStep>();
  readonly #received = { options: 0, stocks: 0, trades: 0 };
  #subscriptions: Subscription[] = [];
  #socket: WebSocket | null = null;
  #awaited: StepMessage | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #lost = new Map<LinkStatus['link'], string>();
  #isAttached = false;
  #isRunning = false;
  #ended = false;

  constructor(options: LockstepOptions) {
    this.#options = options;
  }

  get steps(): Observable<PacedStep> {
    return this.#steps;
  }

  /** @throws {TradingError} `FEED_UNAVAILABLE` when the market does not answer, `TIMEOUT` when it answers too late. */
  async attach(afterStep: number): Promise<PacedSession> {
    const { adminUrl, feed, broker, progress, links, timeoutMs } = this.#options;
    const fail = (error: unknown): void => this.#fail(error);
    this.#subscriptions = [
      feed.subscribe({ next: (event) => this.#collector.addFeed(event), error: fail }),
      broker.subscribe({ next: (event) => this.#collector.addBroker(event), error: fail }),
      progress.subscribe(({ channel, received }) => {
        // The market does not count what it sends of indices.
        if (channel === 'indices') return;
        this.#received[channel] = received;
        this.#deliver();
      }),
      links.subscribe((status) => this.#onLink(status)),
    ];
    const socket = new WebSocket(adminUrl, { handshakeTimeout: timeoutMs, perMessageDeflate: false });
    this.#socket = socket;
    const attached = new Promise<z.infer<typeof attachedSchema>>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new TradingError('TIMEOUT', `The market at ${adminUrl} did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const refuse = (error: unknown): void => {
        clearTimeout(timer);
        if (isTradingError(error)) return reject(error);
        return reject(
          new TradingError('FEED_UNAVAILABLE', `No simulated market at ${adminUrl}`, {
            cause: error,
            hint: 'Start one with: nx serve market-sim',
          }),
        );
      };
      socket.once('error', refuse);
      socket.once('close', refuse);
      socket.on('open', () => this.#send({ type: 'attach', afterStep }));
      socket.on('message', (data: Buffer) => {
        try {
          const message = messageSchema.parse(JSON.parse(data.toString('utf8')));
          if (message.type === 'error' && !this.#isAttached)
            return refuse(new TradingError('FEED_UNAVAILABLE', `The simulated market refuses: ${message.message}`));
          if (message.type !== 'attached') return this.#onMessage(message);
          this.#isAttached = true;
          clearTimeout(timer);
          socket.off('error', refuse);
          socket.off('close', refuse);
          resolve(message);
        } catch (error) {
          this.#fail(
            new TradingError(
              'FEED_BAD_MESSAGE',
              'The market sent an admin message that this agent does not understand',
              { cause: error },
            ),
          );
        }
      });
    });
    const { session, at } = await attached;
    socket.on('error', fail);
    socket.on('close', () => {
      if (!this.#ended)
        this.#fail(
          new TradingError(
            'FEED_UNAVAILABLE',
            'The simulated market closed its admin channel in the middle of the day',
            { hint: 'Start again with --resume.' },
          ),
        );
    });
    return { date: marketDate(session.date), open: micros(session.open), close: micros(session.close), at: micros(at) };
  }

  ready(): void {
    this.#isRunning = true;
    for (const [link, reason] of this.#lost) this.#fail(lostLink(link, reason));
    this.#send({ type: 'ready' });
  }

  acknowledge(step: number): void {
    this.#send({ type: 'ack', step });
  }

  counts(): QueueCounts {
    return this.#collector.counts();
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#clearTimer();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.close();
      const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
      socket.once('close', () => clearTimeout(timer));
    });
  }

  #onLink({ link, state, reason }: LinkStatus): void {
    if (state === 'up') this.#lost.delete(link);
    else this.#lost.set(link, reason);
    if (state === 'lost' && this.#isRunning) this.#fail(lostLink(link, reason));
  }

  #onMessage(message: Exclude<z.infer<typeof messageSchema>, { type: 'attached' }>): void {
    if (message.type === 'step') {
      this.#awaited = message;
      this.#clearTimer();
      this.#timer = setTimeout(() => this.#fail(this.#incomplete(message)), this.#options.timeoutMs);
      this.#deliver();
    } else if (message.type === 'end') {
      this.#ended = true;
      this.#steps.complete();
    } else {
      this.#fail(new TradingError('FEED_UNAVAILABLE', `The simulated market reports: ${message.message}`));
    }
  }

  #deliver(): void {
    const awaited = this.#awaited;
    if (awaited === null || this.#missing(awaited).length > 0) return;
    this.#awaited = null;
    this.#clearTimer();
    this.#steps.next({ step: awaited.step, at: micros(awaited.at), ...this.#collector.take() });
  }

  #missing({ counts }: StepMessage): Channel[] {
    return (['options', 'stocks', 'trades'] as const).filter((channel) => this.#received[channel] < counts[channel]);
  }

  #incomplete(message: StepMessage): TradingError {
    const missing = this.#missing(message).map(
      (channel) => `${channel} ${this.#received[channel]} of ${message.counts[channel]}`,
    );
    return new TradingError(
      'TIMEOUT',
      `Step ${message.step} did not arrive whole within ${this.#options.timeoutMs} ms: ${missing.join(', ')}`,
    );
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#clearTimer();
    this.#steps.error(toTradingError(error));
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #send(message: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
