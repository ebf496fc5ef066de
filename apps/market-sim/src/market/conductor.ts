import { type Micros, TradingError } from '@trading-agent/core';
import type { MarketStep } from '@trading-agent/market-data';
import type { OrderUpdate } from './order-book.ts';
import type { Pace, Speed } from './pace.ts';
import type { Simulation } from './simulation.ts';

/** Data events sent so far on the current connection of each channel. */
export interface ChannelCounts {
  readonly options: number;
  readonly stocks: number;
  readonly trades: number;
}

/** Where what happens is sent to. */
export interface Outlets {
  market(step: MarketStep, index: number): void;
  updates(updates: readonly OrderUpdate[]): void;
  /** Keeps `updates` and all that follow until `release`. */
  hold(updates: readonly OrderUpdate[]): void;
  release(): void;
  counts(): ChannelCounts;
  /** The day has ended and nobody keeps step. */
  dayEnded?(): void;
}

/** The client that keeps step with the market; there is at most one. */
export interface LockstepClient {
  boundary(step: number, at: Micros, counts: ChannelCounts): void;
  end(): void;
}

type Phase = 'unattended' | 'reconciling' | 'pacing' | 'awaiting-ack' | 'ended';

/** The day's timer, injectable so that a test decides when time passes. */
export interface Timer {
  start(callback: () => void, millis: number): () => void;
}

/**
 * Decides when the next step happens. With a lockstep client: after `ready`, and then after each acknowledged step once the simulated clock
 * has got there. Without one: by the clock alone, or not at all when the speed is `max` (nobody could follow).
 */
export class Conductor {
  readonly #simulation: Simulation;
  readonly #outlets: Outlets;
  readonly #pace: Pace;
  readonly #timer: Timer;
  #client: LockstepClient | null = null;
  #phase: Phase = 'unattended';
  #isPaused = false;
  #stopTimer: () => void = () => undefined;

  constructor(simulation: Simulation, outlets: Outlets, pace: Pace, timer: Timer) {
    this.#simulation = simulation;
    this.#outlets = outlets;
    this.#pace = pace;
    this.#timer = timer;
    simulation.onRequestUpdates = (updates) => outlets.updates(updates);
  }

  /** How the clock stands. */
  get standing(): { readonly phase: Phase; readonly isPaused: boolean; readonly speed: Speed } {
    return { phase: this.#phase, isPaused: this.#isPaused, speed: this.#pace.speed };
  }

  /** No step happens before `resume`, however the market is paced; requests are answered at the time that stands. */
  pause(): void {
    this.#isPaused = true;
    this.#stopTimer();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#anchor();
    if (this.#phase === 'pacing' || (this.#phase === 'unattended' && this.#pace.speed !== 'max')) this.#schedule();
  }

  setSpeed(speed: Speed): void {
    this.#pace.change(speed, this.#simulation.now);
    this.#anchor();
    if (this.#phase === 'pacing' || (this.#phase === 'unattended' && speed !== 'max')) this.#schedule();
    else if (this.#phase === 'unattended') this.#stopTimer();
  }

  /**
   * Lets so many steps happen now, fewer at the end of the day.
   * @throws {TradingError} `USAGE` while a client keeps step: it alone says when the market may go on.
   */
  step(steps: number): void {
    if (this.#client) throw new TradingError('USAGE', 'A client keeps step with this market: it can only be paused');
    this.#stopTimer();
    for (let done = 0; done < steps && this.#simulation.nextAt !== null; done += 1) this.#happen();
    this.#anchor();
    if (this.#simulation.nextAt === null) this.#phase = 'ended';
    else if (this.#phase === 'unattended' && this.#pace.speed !== 'max') this.#schedule();
  }

  /** The market has begun another day: a client that keeps step attaches anew, without one the clock goes on. */
  newDay(): void {
    if (this.#client === null) this.runUnattended();
  }

  /** Runs the clock when nobody keeps step and the speed is finite. */
  runUnattended(): void {
    this.#phase = 'unattended';
    this.#anchor();
    if (this.#pace.speed !== 'max') this.#schedule();
  }

  /**
   * Stops the clock, rebuilds the market right after `afterStep` and waits for `ready`. Returns how many later requests were forgotten.
   * @throws {TradingError} `USAGE` when another client keeps step, `OUT_OF_RANGE` for a step that does not exist.
   */
  attach(client: LockstepClient, afterStep: number): number {
    if (this.#client && this.#client !== client)
      throw new TradingError('USAGE', 'Another client keeps step with this market already');
    const { updates, forgotten } = this.#simulation.rebuild(afterStep);
    this.#stopTimer();
    this.#client = client;
    this.#phase = 'reconciling';
    this.#outlets.hold(updates);
    return forgotten;
  }

  /** @throws {TradingError} `USAGE` unless the client has just attached. */
  ready(client: LockstepClient): void {
    this.#expect(client, 'reconciling', 'ready');
    this.#outlets.release();
    this.#anchor();
    this.#schedule();
  }

  /** @throws {TradingError} `USAGE` unless exactly that step waits for its acknowledgement. */
  acknowledge(client: LockstepClient, step: number): void {
    this.#expect(client, 'awaiting-ack', 'ack');
    if (step !== this.#simulation.step)
      throw new TradingError('USAGE', `Step ${this.#simulation.step} waits for its ack, got one for ${step}`);
    this.#schedule();
  }

  detach(client: LockstepClient): void {
    if (this.#client !== client) return;
    this.#stopTimer();
    this.#client = null;
    this.#outlets.release();
    this.runUnattended();
  }

  stop(): void {
    this.#stopTimer();
    this.#client = null;
    this.#phase = 'ended';
  }

  #expect(client: LockstepClient, phase: Phase, message: string): void {
    if (this.#client !== client || this.#phase !== phase)
      throw new TradingError('USAGE', `"${message}" came while the market was ${this.#phase}`);
  }

  /** Before the first step the clock starts at it: nobody wants to wait for a quiet opening. */
  #anchor(): void {
    const { step, now, nextAt } = this.#simulation;
    this.#pace.anchor(step === -1 && nextAt !== null ? nextAt : now);
  }

  #schedule(): void {
    this.#stopTimer();
    const { nextAt } = this.#simulation;
    if (nextAt === null) {
      this.#phase = 'ended';
      if (this.#client) this.#client.end();
      else if (this.#pace.speed !== 'max' && !this.#isPaused) this.#outlets.dayEnded?.();
      return;
    }
    if (this.#client) this.#phase = 'pacing';
    if (this.#isPaused) return;
    const millis = this.#pace.millisUntil(nextAt);
    if (millis === 0 && this.#client) this.#advance();
    else this.#stopTimer = this.#timer.start(() => this.#advance(), millis);
  }

  #advance(): void {
    const happened = this.#happen();
    if (!happened) return;
    if (!this.#client) return this.#schedule();
    this.#phase = 'awaiting-ack';
    this.#client.boundary(this.#simulation.step, happened.at, this.#outlets.counts());
  }

  #happen(): MarketStep | null {
    const happened = this.#simulation.advance();
    if (!happened) return null;
    this.#outlets.updates(happened.updates);
    this.#outlets.market(happened.step, this.#simulation.step);
    return happened.step;
  }
}
