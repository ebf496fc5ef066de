import { atMost, type OpeningRule, percentUp } from './rule.ts';

/**
 * The limit may exceed what the neighbouring strikes say the package is worth by at most a share of its gross value there. Catches a quote that
 * is wrong by itself: the collar around its own midpoint can't.
 */
export const modelPrice: OpeningRule = {
  code: 'model-price',
  sized: false,
  check: ({ order, context, effect }) => {
    const model = effect.model();
    const excess =
      model === null || order.limit === null || !(model.gross > 0)
        ? Number.NaN
        : (order.limit - model.net) / model.gross;
    return atMost(percentUp(excess), context.limits.orders.modelCollar * 100, 'percent');
  },
};
