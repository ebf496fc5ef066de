import { deriveUuid, micros } from '@trading-agent/core';
import { nyInstant } from '@trading-agent/calendar';
import type { Activity, ActivityKind } from '@trading-agent/exchange';
import { sideOf } from '@trading-agent/instruments';
import type { Context } from 'hono';
import { jsonResponse } from '../http/json.ts';
import type { AccountActivity, FillActivity } from '../market/account-history.ts';
import type { Simulation } from '../market/simulation.ts';
import { decimal, money } from './decimals.ts';
import { legOrderId } from './order-object.ts';
import { countOf, dayOf, nanosOf } from './query.ts';
import { badParameter } from './replies.ts';
import { rfc3339Nanos } from './times.ts';

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly activity_type: string };

const MOST_ROWS = 100;

/**
 * `GET /v2/account/activities` and `/{type}`: newest first unless asked otherwise, pages by the id of the last row. Fills appear as they happen;
 * what expiry, exercise, assignment and fees did appears the session after.
 */
export function listActivities(context: Context, type: string | undefined, simulation: Simulation): Response {
  const query = context.req.query();
  const types = type ?? query['activity_types'];
  const category = query['category'];
  if (types && category) throw badParameter('only one of activity_types and category is allowed');
  if (category && category !== 'trade_activity' && category !== 'non_trade_activity')
    throw badParameter(`invalid category ${category}`);
  const wanted = types ? new Set(types.split(',')) : null;
  const date = dayOf('date', query);
  const after = nanosOf('after', query);
  const until = nanosOf('until', query);
  const size = countOf('page_size', query, MOST_ROWS, MOST_ROWS);
  const rows = simulation.activities.map((activity, index) => ({ activity, row: rowOf(activity, index) }));
  const found = rows
    .filter(
      ({ activity, row }) =>
        (wanted === null || wanted.has(row.activity_type)) &&
        (!category || (row.activity_type === 'FILL') === (category === 'trade_activity')) &&
        (date === undefined || activity.date === date) &&
        (after === undefined || timeOf(activity) > after) &&
        (until === undefined || timeOf(activity) < until) &&
        (!query['order_id'] || row['order_id'] === query['order_id']),
    )
    .map(({ row }) => row);
  const ordered = query['direction'] === 'asc' ? found : found.toReversed();
  const token = query['page_token'];
  const start = token ? ordered.findIndex(({ id }) => id === token) + 1 : 0;
  if (token && start === 0) throw badParameter('page_token is unknown');
  return jsonResponse(context, ordered.slice(start, start + size));
}

function timeOf(activity: AccountActivity): string {
  return rfc3339Nanos(activity.kind === 'fill' ? activity.at : nyInstant(activity.date, '00:00'));
}

function rowOf(activity: AccountActivity, index: number): Row {
  if (activity.kind === 'fill') return fillRow(activity, index);
  return otherRow(activity, index);
}

/** `20190801011955195::<uuid>`: digits of the time, then an id. The number of the row keeps those of one instant in order. */
function idOf(time: string, index: number, uuid: string): string {
  const digits = time.replaceAll(/\D/g, '').slice(0, 14);
  return `${digits}${String(index % 1_000).padStart(3, '0')}::${uuid}`;
}

function fillRow({ at, record, execution, legIndex, cumulative }: FillActivity, index: number): Row {
  const leg = execution.legs[legIndex];
  const { brokerOrderId, order, legs } = record;
  const quantity = leg?.quantity ?? 0;
  const ordered = order.quantity * (legs[legIndex]?.ratio ?? 1);
  const time = rfc3339Nanos(at);
  return {
    id: idOf(time, index, deriveUuid(execution.executionId, 'activity', legIndex)),
    activity_type: 'FILL',
    transaction_time: time,
    type: record.status === 'filled' ? 'fill' : 'partial_fill',
    price: decimal(leg?.price ?? 0),
    qty: String(quantity),
    side: leg === undefined ? '' : sideOf(leg.intent),
    symbol: leg?.symbol ?? '',
    leaves_qty: String(ordered - cumulative),
    order_id: legs.length > 1 ? legOrderId(brokerOrderId, legIndex) : brokerOrderId,
    cum_qty: String(cumulative),
    order_status: record.status,
  };
}

const TYPES: Readonly<Record<ActivityKind, string>> = {
  expiry: 'OPEXP',
  assignment: 'OPASN',
  exercise: 'OPEXC',
  delivery: 'OPTRD',
  cash: 'OPCSH',
  fee: 'FEE',
  dividend: 'DIV',
  split: 'SPLIT',
  bust: 'MISC',
  correction: 'MISC',
};

const STATUSES: Readonly<Partial<Record<ActivityKind, string>>> = { bust: 'canceled', correction: 'correct' };

function otherRow(activity: Activity, index: number): Row {
  const { activityId, kind, subtype, date, symbol, quantity, price, netAmount, groupId, description } = activity;
  // The guide shows what expired by what was held, everything else by what came or went.
  const shown = quantity === null ? null : kind === 'expiry' ? -quantity : quantity;
  const time = rfc3339Nanos(nyInstant(date, '00:00'));
  return {
    id: idOf(time, index, activityId),
    activity_type: TYPES[kind],
    ...(subtype !== null && { activity_sub_type: subtype }),
    date,
    net_amount: money(netAmount),
    description,
    ...(symbol !== null && { symbol }),
    ...(shown !== null && { qty: String(shown) }),
    ...(price !== null && kind === 'delivery' && { price: decimal(price) }),
    ...(kind === 'dividend' && { per_share_amount: null }),
    status: STATUSES[kind] ?? 'executed',
    group_id: groupId,
    created_at: rfc3339Nanos(micros(nyInstant(activity.toldOn, '00:00'))),
    currency: 'USD',
  };
}
