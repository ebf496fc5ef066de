import { type Micros, MICROS_PER_SECOND, TradingError, type Usd, unreachable } from '@trading-agent/core';
import { standingDuring, type Tier, tierBefore, type TierStanding } from '@trading-agent/account-tiers';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { FeedGap } from '@trading-agent/market-data';
import type { Position, ShareHolding } from '@trading-agent/portfolio';
import { applyBrokerEvent, type BookedExecution } from './broker-events.ts';
import type { EngineConfig } from './config.ts';
import { applyGap, openGaps } from './data-gaps.ts';
import { type Decision, note } from './decisions.ts';
import { decideEntries } from './entries.ts';
import type { EngineEvent } from './events.ts';
import { decideExits } from './exit-orders.ts';
import { tierOf } from './risk-view.ts';
import { decideShareExits } from './share-exits.ts';
import { recordOf } from './leave-behind.ts';
import { decideLeaving } from './leaving.ts';
import { missingFacts } from './pricing-facts.ts';
import type { SessionRecord } from './session-record.ts';
import { type EngineState, equityOf, haltOf, markOf, openSession, trackEquity, valueOf } from './state.ts';
import { chooseQuotes } from './subscription.ts';

/** What one step led to. */
export interface StepResult {
  readonly decisions: readonly Decision[];
  /** The execution that the event carried, unless it had been booked before. */
  readonly booked: BookedExecution | null;
}

/** A position with its mark, for display and reports. */
export interface MarkedPosition extends Position {
  /** Dollars per share; `null` when it was never quoted on both sides. */
  readonly mark: number | null;
}

export interface MarkedShares extends ShareHolding {
  /** Dollars per share; `null` when no price was ever told. */
  readonly mark: number | null;
}

/** The account as the engine sees it now. */
export interface EngineView {
  readonly at: Micros;
  readonly tier: Tier;
  /** To be handed to the next session. */
  readonly standing: TierStanding;
  readonly startEquity: Usd;
  readonly equity: Usd;
  readonly cash: Usd;
  readonly fees: Usd;
  readonly realized: Usd;
  readonly unrealized: Usd;
  readonly positions: readonly MarkedPosition[];
  readonly shares: readonly MarkedShares[];
  /** Underlyings whose bars are needed. */
  readonly followed: readonly string[];
  /** What the next session of the account must know. */
  readonly record: SessionRecord;
  readonly halted: string | null;
  readonly subscriptions: readonly string[];
  /** Holes in the market data that are open. */
  readonly gaps: readonly FeedGap[];
}

/**
 * The trading engine: one single-writer, synchronous state machine. It reads no clock, draws no random number and does no I/O, so the
 * same configuration and events give the same decisions wherever it runs. Live agent, simulation and backtest drive this one class.
 */
export class TradingEngine {
  readonly #config: EngineConfig;
  #state: EngineState | null = null;
  #at: Micros | null = null;

  constructor(config: EngineConfig) {
    this.#config = config;
  }

  /**
   * Takes one event in and says what is to be done.
   * @throws {TradingError} `INTERNAL` for an event before the session event or a second session event; `OUT_OF_RANGE` when time runs backwards.
   */
  step(event: EngineEvent): StepResult {
    if (this.#at !== null && !(event.at >= this.#at)) {
      throw new TradingError('OUT_OF_RANGE', `An event at ${event.at} came after one at ${this.#at}`);
    }
    if (event.type === 'session') {
      if (this.#state !== null) throw new TradingError('INTERNAL', 'The session has already begun');
      this.#state = openSession(event.session, this.#config.tiers);
      this.#at = event.at;
      return nothing;
    }
    const state = this.#require();
    this.#at = event.at;
    switch (event.type) {
      case 'market':
        return decided(this.#onMarket(state, event.quotes, event.bars, event.at));
      case 'gap':
        return decided(applyGap(state, event.gap, event.at));
      case 'broker':
        return applyBrokerEvent(state, event.event);
      case 'clock':
        return decided(this.#onClock(state, event.at));
      case 'operator':
        state.halted = event.command === 'resume' ? null : event.reason;
        if (event.command === 'resume') state.unsettled = null;
        // A later halt takes nothing back: what is being left goes on being left.
        state.flattening = event.command === 'flatten' || (event.command === 'halt' && state.flattening);
        return decided([
          alert(
            event.at,
            'system',
            event.command === 'resume' ? 'info' : 'critical',
            `operator-${event.command}`,
            `${event.by}: ${event.reason}`,
          ),
        ]);
      default:
        return unreachable(event);
    }
  }

  /** @throws {TradingError} `INTERNAL` before the session event. */
  view(): EngineView {
    const state = this.#require();
    const value = valueOf(state);
    return {
      at: this.#at ?? state.session.open,
      tier: tierOf(state, this.#config),
      standing: state.standing,
      startEquity: state.startEquity,
      equity: value.equity,
      cash: state.portfolio.cash,
      fees: state.portfolio.fees,
      realized: state.portfolio.realized,
      unrealized: value.unrealized,
      positions: state.portfolio.positions().map((position) => ({ ...position, mark: markOf(state, position.symbol) })),
      shares: state.portfolio.shares().map((held) => ({ ...held, mark: markOf(state, held.ticker) })),
      followed: [...state.underlyings.keys()],
      record: recordOf(state),
      halted: haltOf(state),
      gaps: openGaps(state),
      subscriptions: [...state.underlyings.values()]
        .filter(({ quoted }) => quoted !== null)
        .map(({ symbol }) => symbol),
    };
  }

  #require(): EngineState {
    if (this.#state === null) throw new TradingError('INTERNAL', 'The engine got an event before its session began');
    return this.#state;
  }

  #onMarket(state: EngineState, quotes: readonly Quote[], bars: readonly Bar[], at: Micros): Decision[] {
    for (const quote of quotes) state.book.apply(quote);
    const decisions: Decision[] = [];
    for (const bar of bars) {
      const underlying = state.underlyings.get(bar.symbol);
      if (underlying === undefined) continue;
      // A feed repeats itself after a reconnect: the last vector stands, and an older bar must not turn the price back.
      if (underlying.lastBarEnd !== null && bar.end <= underlying.lastBarEnd) continue;
      if (!(bar.close > 0 && Number.isFinite(bar.close)) || bar.end > at + CLOCK_TOLERANCE) {
        const text = `A bar that ends at ${bar.end} with a close of ${bar.close} came at ${at}; it is not used`;
        decisions.push(note(at, bar.symbol, 'unusable-bar', text));
        continue;
      }
      // Null while warming up and after a bar that is broken elsewhere: no decision then.
      underlying.vector = underlying.features.push(bar);
      underlying.spot = bar.close;
      underlying.lastBarEnd = bar.end;
      state.returns.push(bar);
      decisions.push(...chooseQuotes(state, this.#config, underlying, at));
    }
    return decisions;
  }

  #onClock(state: EngineState, at: Micros): Decision[] {
    trackEquity(state);
    return [
      ...this.#tellNews(state, at),
      ...this.#tellMissingFacts(state, at),
      ...this.#watchTier(state, at),
      ...this.#watchDailyLoss(state, at),
      ...decideLeaving(state, this.#config, at),
      ...decideExits(state, this.#config, at),
      ...decideShareExits(state, this.#config, at),
      ...decideEntries(state, this.#config, at),
    ];
  }

  /** Tells once what became of the holdings that the session began with. */
  #tellNews(state: EngineState, at: Micros): Decision[] {
    const { news } = state;
    state.news = [];
    return news.map(({ rule, severity, text }) => ({
      type: 'alert',
      at,
      kind: 'risk',
      severity,
      reason: { rule, text },
    }));
  }

  /** Tells once what the session is priced without. */
  #tellMissingFacts(state: EngineState, at: Micros): readonly Decision[] {
    if (state.missingFactsTold) return [];
    state.missingFactsTold = true;
    return missingFacts(state.session, at);
  }

  /** Tells a change of tier from the opening, and falls to a lower tier as soon as the equity is below the account's own. */
  #watchTier(state: EngineState, at: Micros): Decision[] {
    const equity = equityOf(state);
    const fallen = standingDuring(state.standing, equity, this.#config.tiers);
    if (fallen.change !== null) {
      state.standing = fallen.standing;
      state.tierBalance = equity;
    }
    const changes = [state.tierChange, fallen.change].filter((change) => change !== null);
    state.tierChange = null;
    const { tiers, riskTolerance } = this.#config;
    return changes.map((change) => ({
      type: 'alert',
      at,
      kind: 'risk',
      severity: change.kind === 'demotion' ? 'warning' : 'info',
      reason: {
        rule: `tier-${change.kind}`,
        text: `${change.text}; ${describeChange(tierBefore(change, tiers, riskTolerance), tierOf(state, this.#config))}`,
      },
    }));
  }

  #watchDailyLoss(state: EngineState, at: Micros): Decision[] {
    const { dayStartEquity: start, lowestEquity: lowest, dailyLossReached } = state;
    if (dailyLossReached) return [];
    if (start === null) {
      state.dailyLossReached = true;
      const text =
        'The broker does not say what the account was worth at the last close, so the loss of the day can not be measured: no new risk until tomorrow';
      return [alert(at, 'risk', 'critical', 'daily-loss-unknown', text)];
    }
    const limit = tierOf(state, this.#config).limits.dailyLoss;
    // What an earlier run of the day lost counts, even when it is made up since.
    const loss = (start - lowest) / start;
    // An account that began with nothing has no such share; the rule of the same name refuses it everything.
    if (!(loss >= limit)) return [];
    state.dailyLossReached = true;
    const text = `The account lost ${(loss * 100).toFixed(2)}% today, the limit is ${(limit * 100).toFixed(2)}%: no new risk until tomorrow`;
    return [alert(at, 'risk', 'critical', 'daily-loss', text)];
  }
}

/** A bar may end this far ahead of our clock, because no two clocks agree. */
const CLOCK_TOLERANCE = MICROS_PER_SECOND;

/** The numbers before and after. */
function describeChange(before: Tier, after: Tier): string {
  const percent = (fraction: number): string => `${Math.round(fraction * 1e4) / 100}%`;
  const told = (tier: Tier): readonly string[] => [
    `${tier.maxPositions}`,
    percent(tier.riskPerTrade),
    percent(tier.maxPositionSize),
    percent(tier.stopLoss),
    `${tier.apiBudget.perMinute}`,
    `${tier.symbols.length}`,
  ];
  const [old, now] = [told(before), told(after)];
  return ['positions', 'risk per trade', 'in one position', 'stop at', 'requests a minute', 'symbols']
    .map((name, index) => `${name} ${old[index]} -> ${now[index]}`)
    .join(', ');
}

const nothing: StepResult = { decisions: [], booked: null };

function decided(decisions: readonly Decision[]): StepResult {
  return { decisions, booked: null };
}

function alert(
  at: Micros,
  kind: 'system' | 'risk',
  severity: 'info' | 'critical',
  rule: string,
  text: string,
): Decision {
  return { type: 'alert', at, kind, severity, reason: { rule, text } };
}
