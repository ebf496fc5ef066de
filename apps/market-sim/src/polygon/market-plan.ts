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

export interface MarketPlan {
  /** Answered with 403, or with `NOT_ENTITLED` rows where an answer is about many instruments. */
  readonly lacks: readonly Capability[];
  readonly rows: ReferenceRows;
}

export const WHOLE_PLAN: MarketPlan = { lacks: [], rows: {} };

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
