import { contractName, count, expiryName, money, moneyChange, sharePrice, tone } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import type { Position } from './wire.ts';

export function Positions({ positions }: { positions: Loaded<readonly Position[]> }) {
  return (
    <Panel id="positions" title="Positions" loaded={positions} empty="Nothing is held.">
      {(items) => (
        <div class="scroll" role="region" aria-labelledby="positions" tabIndex={0}>
          <table>
            <caption class="hidden">
              Open positions: contract, quantity, average price, mark, value and unrealized profit
            </caption>
            <thead>
              <tr>
                <th scope="col">Contract</th>
                <th scope="col" class="number">
                  Qty
                </th>
                <th scope="col" class="number wide">
                  Average
                </th>
                <th scope="col" class="number">
                  Mark
                </th>
                <th scope="col" class="number wide">
                  Value
                </th>
                <th scope="col" class="number">
                  Unrealized
                </th>
              </tr>
            </thead>
            <tbody>
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
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
