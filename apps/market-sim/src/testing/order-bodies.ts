import { CALL_750, CALL_760 } from './tiny-market.ts';

/** Body of a single leg's limit order for the day; `about` names what it is on, at which limit, and what is unusual about it. */
export function singleOrder(
  id: string,
  about: { readonly symbol: string; readonly limit_price: string | number; readonly [more: string]: unknown },
): object {
  return { qty: 1, side: 'buy', type: 'limit', time_in_force: 'day', client_order_id: id, ...about };
}

/** Body of a limit order for the day that buys `CALL_750` against `CALL_760`. */
export function verticalOrder(
  id: string,
  about: { readonly limit_price: string | number; readonly [more: string]: unknown },
): object {
  return {
    order_class: 'mleg',
    qty: 1,
    type: 'limit',
    time_in_force: 'day',
    client_order_id: id,
    legs: [
      { symbol: CALL_750, ratio_qty: '1', side: 'buy', position_intent: 'buy_to_open' },
      { symbol: CALL_760, ratio_qty: '1', side: 'sell', position_intent: 'sell_to_open' },
    ],
    ...about,
  };
}
