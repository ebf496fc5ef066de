import { deriveUuid } from '@trading-agent/core';
import type { ShareOrder } from '../market/account-run.ts';
import { decimal } from './decimals.ts';
import { type OrderObject, assetId } from './order-object.ts';
import { rfc3339Nanos } from './times.ts';

/** The order that closed shares, as REST shows it: a market order that filled at once. The stream does not tell of it. */
export function shareOrderObject({ tradeId, ticker, quantity, price, at }: ShareOrder): OrderObject {
  const time = rfc3339Nanos(at);
  const size = String(Math.abs(quantity));
  return {
    id: tradeId,
    client_order_id: deriveUuid(tradeId, 'client order'),
    created_at: time,
    updated_at: time,
    submitted_at: time,
    filled_at: time,
    expired_at: null,
    expires_at: null,
    canceled_at: null,
    failed_at: null,
    replaced_at: null,
    replaced_by: null,
    replaces: null,
    asset_id: assetId(ticker),
    symbol: ticker,
    asset_class: 'us_equity',
    notional: null,
    qty: size,
    filled_qty: size,
    filled_avg_price: decimal(price),
    order_class: 'simple',
    order_type: 'market',
    type: 'market',
    side: quantity < 0 ? 'sell' : 'buy',
    time_in_force: 'day',
    limit_price: null,
    stop_price: null,
    status: 'filled',
    extended_hours: false,
    legs: null,
    trail_percent: null,
    trail_price: null,
    hwm: null,
    subtag: null,
    source: null,
  };
}
