import { capitalised, legName, netPrice, orderExpiries, time, words } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import type { Order } from './wire.ts';

const STATUS_TONE: Readonly<Record<string, string>> = {
  filled: 'good',
  partially_filled: 'good',
  rejected: 'bad',
  canceled: 'quiet',
  expired: 'quiet',
};

export function Orders({ orders }: { orders: Loaded<readonly Order[]> }) {
  return (
    <Panel id="orders" title="Orders" loaded={orders} empty="No order was sent so far.">
      {(items) => (
        <div class="scroll tall" role="region" aria-labelledby="orders" tabIndex={0}>
          <table>
            <caption class="hidden">Orders, newest first: time, legs, filled quantity, net price and status</caption>
            <thead>
              <tr>
                <th scope="col" class="wide">
                  Time
                </th>
                <th scope="col">Order</th>
                <th scope="col" class="number">
                  Filled
                </th>
                <th scope="col" class="number wide">
                  Limit
                </th>
                <th scope="col">Status</th>
              </tr>
            </thead>
            <tbody>
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
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
