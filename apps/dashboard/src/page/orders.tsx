import { capitalised, legName, netPrice, orderExpiries, time, words } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import { type Column, Table } from './table.tsx';
import type { Order } from './wire.ts';

const STATUS_TONE: Readonly<Record<string, string>> = {
  filled: 'good',
  partially_filled: 'good',
  rejected: 'bad',
  canceled: 'quiet',
  expired: 'quiet',
};

const COLUMNS: readonly Column[] = [
  { title: 'Time', kind: 'wide' },
  { title: 'Order' },
  { title: 'Filled', kind: 'number' },
  { title: 'Limit', kind: 'number wide' },
  { title: 'Status' },
];

export function Orders({ orders }: { orders: Loaded<readonly Order[]> }) {
  return (
    <Panel id="orders" title="Orders" loaded={orders} empty="No order was sent so far.">
      {(items) => (
        <Table
          id="orders"
          caption="Orders, newest first: time, legs, filled quantity, net price and status"
          columns={COLUMNS}
          tall
        >
          {items.map((order) => (
            <tr key={order.clientOrderId}>
              <td class="muted wide">
                <time dateTime={order.at}>{time(order.at)}</time>
              </td>
              <th scope="row">
                {order.underlying} {order.strategy ? words(order.strategy) : ''}
                <span class="sub">
                  {order.legs.map(legName).join(', ')}
                  {orderExpiries(order) !== '' && ` · ${orderExpiries(order)}`}
                </span>
                <span class="sub narrow">
                  {time(order.at)} · {netPrice(order)}
                </span>
              </th>
              <td class="number">
                {order.filled}
                <span class="muted">/{order.quantity}</span>
              </td>
              <td class="number wide">{netPrice(order)}</td>
              <td title={order.reason ?? undefined}>
                <span class={`tag ${STATUS_TONE[order.status] ?? ''}`}>{capitalised(words(order.status))}</span>
                {order.status === 'rejected' && order.reason && <span class="sub">{order.reason}</span>}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
