import type { Micros } from '@trading-agent/core';

/** Where a fault can strike: the rooms of the simulator that speak to clients. */
export const ROOMS = ['polygon', 'alpaca', 's3', 'options', 'stocks', 'indices', 'trades', 'option-data'] as const;
export type Room = (typeof ROOMS)[number];
export const REST_ROOMS = ['polygon', 'alpaca', 's3'] as const satisfies readonly Room[];
/** The streams: the market data vendor's clusters, the broker's `trade_updates` and its option data. */
export const STREAM_ROOMS = [
  'options',
  'stocks',
  'indices',
  'trades',
  'option-data',
] as const satisfies readonly Room[];

/** What is to be done at one point of a room. Those of a `standing` point hold while the fault lasts; the others are counted, one by one. */
export type Effect =
  /** A request, before its room sees it. */
  | { readonly at: 'request'; readonly do: 'wait'; readonly millis: number }
  | { readonly at: 'request'; readonly do: 'answer'; readonly answer: FaultyAnswer }
  /** The connection ends without an answer; `taken`: after the room has done its work. */
  | { readonly at: 'request'; readonly do: 'lose'; readonly taken: boolean }
  /** An event on its way out over a stream. */
  | { readonly at: 'event'; readonly do: 'drop' | 'repeat' | 'disconnect' }
  /** Told after this many later ones. */
  | { readonly at: 'event'; readonly do: 'hold'; readonly by: number }
  /** A download of a stored object. */
  | { readonly at: 'object'; readonly do: 'truncate'; readonly bytes: number }
  | { readonly at: 'object'; readonly do: 'cut'; readonly bytes: number }
  | { readonly at: 'object'; readonly do: 'replace'; readonly file: string | null }
  /** An order that the broker has accepted: it fills at most so many units, then the rest is rejected. */
  | { readonly at: 'order'; readonly do: 'reject-after'; readonly units: number; readonly reason: string }
  /** A cancel that the broker has taken: the order fills at its limit first. */
  | { readonly at: 'cancel'; readonly do: 'fill-first' }
  /** An execution: it is taken back right after it was told. */
  | { readonly at: 'execution'; readonly do: 'bust' }
  /** An execution: its price was another, dollars per share more (or, negative, less). */
  | { readonly at: 'execution'; readonly do: 'correct'; readonly by: number }
  /** Standing: what a room thinks of the time, of a key, of an answer to a ping, of a reader, of the account's holdings. */
  | { readonly at: 'clock'; readonly do: 'skew'; readonly millis: number }
  | { readonly at: 'key'; readonly do: 'revoke' }
  | { readonly at: 'pong'; readonly do: 'withhold' }
  | { readonly at: 'reader'; readonly do: 'limit'; readonly bytes: number }
  | { readonly at: 'positions'; readonly do: 'shift'; readonly symbol: string; readonly quantity: number };

export type Point = Effect['at'];
export type EffectAt<P extends Point> = Extract<Effect, { readonly at: P }>;

/** An answer in place of the room's own. */
export interface FaultyAnswer {
  readonly status: number;
  /** `json`: the vendor's own error body. */
  readonly body: 'json' | 'html' | 'empty';
  readonly words: string;
  /** Seconds for `Retry-After`; no header unless given. */
  readonly retryAfter?: number;
}

/** What is known of the thing that a fault may strike. */
export interface Facts {
  readonly room: Room;
  readonly method?: string;
  /** Path and query of a request, decoded; the key of a stored object. */
  readonly path?: string;
  /** Body of a request, as text. */
  readonly body?: string;
  /** `Q`, `T`, `AM`, ... on market data; `new`, `fill`, ... on order updates. */
  readonly topic?: string;
  /** Symbols and underlyings concerned. */
  readonly symbols?: readonly string[];
  /** The client's order id. */
  readonly order?: string;
  /** The credential's public part. */
  readonly key?: string;
  /** Simulated time of an account that lives through its orders, maybe again; the market's unless given. */
  readonly at?: Micros;
}

/** What the rooms know of faults. */
export interface FaultPort {
  /** The effects that strike here and now; each is counted. */
  strike<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[];
  /** The effects that hold here and now; nothing is counted. */
  standing<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[];
  /** True while nothing can strike at this point: the quick way out. */
  isQuiet(at: Point): boolean;
  /** An account is wound back and lives through its orders again: what was counted of them is forgotten. */
  rewind(key: string): void;
}

/** No faults. */
export const FAULTLESS: FaultPort = {
  strike: () => [],
  standing: () => [],
  isQuiet: () => true,
  rewind: () => undefined,
};
