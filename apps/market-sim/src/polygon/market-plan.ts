import type { MiddlewareHandler } from 'hono';
import type { PolygonReplies } from './replies.ts';

/** What a subscription may lack: a kind of data, or a class of instruments. */
export const CAPABILITIES = [
  'contracts',
  'snapshots',
  'bars',
  'trades',
  'quotes',
  'indicators',
  'reference',
  'treasury',
  'news',
  'stocks',
  'options',
  'indices',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Rows in the vendor's own form; what is not given is empty. */
export interface ReferenceRows {
  readonly dividends?: readonly ReferenceRow[];
  readonly splits?: readonly ReferenceRow[];
  readonly treasury?: readonly ReferenceRow[];
  readonly news?: readonly ReferenceRow[];
}
export type ReferenceRow = Readonly<Record<string, unknown>>;

/** Parts of a chain row that a plan, or a contract without a quote, may lack. */
export const CHAIN_PARTS = [
  'greeks',
  'implied_volatility',
  'open_interest',
  'last_quote',
  'last_trade',
  'underlying_asset',
  'day',
] as const;
export type ChainPart = (typeof CHAIN_PARTS)[number];

/** How rows of a chain differ from the best ones, as the real ones do. */
export interface ChainFlaws {
  /** Left out altogether; `day` and `greeks` become `{}`, as the vendor has them. */
  readonly lacks: readonly ChainPart[];
  /** `day` is the one of the session before, as in the early morning. */
  readonly staleDay: boolean;
  /** Every so-many-th row of the chain, 1: all. */
  readonly every: number;
}

export interface MarketPlan {
  /** Answered with 403, or with `NOT_ENTITLED` rows where an answer is about many instruments. */
  readonly lacks: readonly Capability[];
  readonly rows: ReferenceRows;
  /** Origin that `next_url` names, such as `https://api.polygon.io`; the simulator's own unless given. */
  readonly nextUrlOrigin?: string;
  /** How bars are told when nothing traded: an empty list, or no list at all. */
  readonly emptyResults: 'list' | 'absent';
  readonly chain?: ChainFlaws;
  /** Requests of each key in a real minute before 429, as the free plan's 5; without end unless given. */
  readonly requestsPerMinute?: number;
}

export const WHOLE_PLAN: MarketPlan = { lacks: [], rows: {}, emptyResults: 'absent' };

/** 403 for a request that needs what the plan lacks. */
export function entitled(plan: MarketPlan, replies: PolygonReplies, needs: Capability): MiddlewareHandler {
  return async (context, next) => {
    const ticker = context.req.param('ticker');
    const kind = ticker?.startsWith('O:') ? 'options' : ticker?.startsWith('I:') ? 'indices' : 'stocks';
    if (plan.lacks.includes(needs) || (ticker !== undefined && plan.lacks.includes(kind)))
      return replies.notEntitled(context);
    await next();
    return undefined;
  };
}
