import { contractName, count, expiryName, money, moneyChange, sharePrice, tone } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import { type Column, Table } from './table.tsx';
import type { Position } from './wire.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Contract' },
  { title: 'Qty', kind: 'number' },
  { title: 'Average', kind: 'number wide' },
  { title: 'Mark', kind: 'number' },
  { title: 'Value', kind: 'number wide' },
  { title: 'Unrealized', kind: 'number' },
];

export function Positions({ positions }: { positions: Loaded<readonly Position[]> }) {
  return (
    <Panel id="positions" title="Positions" loaded={positions} empty="Nothing is held.">
      {(items) => (
        <Table
          id="positions"
          caption="Open positions: contract, quantity, average price, mark, value and unrealized profit"
          columns={COLUMNS}
        >
          {items.map((position) => (
            <tr key={position.symbol}>
              <th scope="row" title={position.symbol}>
                {contractName(position.contract, position.symbol)}
                <span class="sub">{expiryName(position.contract)}</span>
              </th>
              <td class="number">{count(position.quantity)}</td>
              <td class="number wide">{sharePrice(position.averagePrice)}</td>
              <td class="number">{sharePrice(position.mark)}</td>
              <td class="number wide">{money(position.marketValue)}</td>
              <td class={`number ${tone(position.unrealized)}`}>{moneyChange(position.unrealized)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}
