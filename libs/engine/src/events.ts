import type { MarketDate, Micros, Usd } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { TierStanding } from '@trading-agent/account-tiers';
import type { Bar, OptionContract, Quote } from '@trading-agent/instruments';
import type { RecentOrder } from '@trading-agent/risk';
import type { TreasuryCurve } from '@trading-agent/pricing';
import type { ComingEvents } from '@trading-agent/strategies';
import type { FeedGap } from '@trading-agent/market-data';
import type { PastTrade } from './session-record.ts';
import type { TakenOver } from './taken-over.ts';

/** What an account brings along from earlier sessions: a limit that was reached stays reached, whoever restarts. */
export interface AccountPast {
  /** Structures that were closed in one of the four sessions before or in an earlier run of this day, oldest first. */
  readonly closedTrades: readonly PastTrade[];
  /** Opening orders of earlier runs of this day, oldest first. */
  readonly openings: readonly RecentOrder[];
  /** Equity in earlier runs of this day; `null` when this is the day's first. */
  readonly today: {
    readonly start: Usd;
    readonly highest: Usd;
    readonly lowest: Usd;
    /** Largest fall from the highest equity up to then, as a fraction of it. */
    readonly drawdown: number;
  } | null;
}

/** Options near the money of one underlying, as known when a session began; `null` is not known. */
export interface Liquidity {
  /** Contracts open at the end of the day before. */
  readonly openInterest: number | null;
  /** Contracts traded in the session before. */
  readonly volume: number | null;
}

/** What the engine must know before the first quote of a day. */
export interface SessionFacts {
  /** Names account, day and run; client order ids derive from it, so it is never used for two runs. */
  readonly key: string;
  readonly date: MarketDate;
  readonly open: Micros;
  readonly close: Micros;
  readonly account: {
    readonly number: string;
    readonly cash: Usd;
    readonly optionsLevel: number;
    readonly tradable: boolean;
    /**
     * What the account was worth at the close of the session before (`equityAtLastClose`); `null` when the broker does not say, and then there
     * is no new risk. Left out only by journals from before it was asked for: the day begins with the session there.
     */
    readonly previousClose?: Usd | null;
    /** Where the account stood among the tiers when the session before ended; without it the tier of its balance holds. */
    readonly standing?: TierStanding;
    /** What is held from before; the account is flat when left out. */
    readonly takenOver?: TakenOver;
    /** What earlier sessions leave behind; nothing when left out. */
    readonly past?: AccountPast;
  };
  /** Dividends and earnings that are known to come, by ticker; a ticker that is left out is one of which nobody told. */
  readonly events?: Readonly<Record<string, ComingEvents>>;
  /** How liquid the options are, by ticker; a ticker that is left out is not known. */
  readonly liquidity?: Readonly<Record<string, Liquidity>>;
  /** The newest curve of Treasury par yields that was published before the session; the policy rate holds without it. */
  readonly treasury?: TreasuryCurve;
  /** Implied volatility at the money at the close of the days before, by ticker, oldest first: what a rank is taken in. */
  readonly volatilityHistory?: Readonly<Record<string, readonly number[]>>;
  /** What may be traded. */
  readonly underlyings: readonly string[];
  /** Underlyings that are followed because something is held on them; nothing is opened there. */
  readonly heldOnly?: readonly string[];
  /** Listed contracts within the strategies' reach and those that are held, in canonical order. */
  readonly contracts: readonly OptionContract[];
  /** Minute bars of the underlyings from the last session before, oldest first. */
  readonly history: readonly Bar[];
}

/** Everything that can happen to the engine. There is no other input: no clock, no randomness, no I/O. */
export type EngineEvent =
  | { readonly type: 'session'; readonly at: Micros; readonly session: SessionFacts }
  /** Conflated: at most one quote per symbol, in symbol order; bars in symbol order. */
  | { readonly type: 'market'; readonly at: Micros; readonly quotes: readonly Quote[]; readonly bars: readonly Bar[] }
  /** A hole in the market data opened or closed; told after the market data of its step. */
  | { readonly type: 'gap'; readonly at: Micros; readonly gap: FeedGap }
  | { readonly type: 'broker'; readonly at: Micros; readonly event: BrokerEvent }
  | { readonly type: 'clock'; readonly at: Micros }
  | {
      readonly type: 'operator';
      readonly at: Micros;
      /** `halt`: no new risk; `flatten`: and out of everything that is held; `resume` lifts both. */
      readonly command: 'halt' | 'flatten' | 'resume';
      readonly by: string;
      readonly reason: string;
    };
