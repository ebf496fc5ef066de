import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newGreekColumns, newOptionColumns } from '../../european/columns.ts';
import { americanPriceColumns } from '../american-batch.ts';
import { AmericanChain } from '../american-chain.ts';
import { newChainColumns } from '../chain-columns.ts';
import { americanGreeks } from '../american-option.ts';
import { listedChain } from '../testing/listed-chain.ts';

const ROWS = 300;
const contracts = newOptionColumns(ROWS);
const volatility = new Float64Array(ROWS);
for (let i = 0; i < ROWS; i += 1) {
  // Irrational rotations cover strike, time, volatility and rates evenly.
  const at = (step: number): number => (i * step) % 1;
  contracts.spot[i] = 100;
  contracts.years[i] = 0.002 + 3 * at(0.414_213_562_3) ** 2;
  volatility[i] = 0.07 + 0.8 * at(0.732_050_807_5) ** 2;
  const reach = (volatility[i] ?? 0) * Math.sqrt(contracts.years[i] ?? 0);
  contracts.strike[i] = 100 * Math.exp(reach * (4 * at(0.236_067_977_4) - 2));
  contracts.rate[i] = 0.08 * at(0.302_775_637_7);
  contracts.yield[i] = Math.max(0, 0.07 * at(0.358_898_943_5) - 0.01);
  contracts.call[i] = i & 1;
}

const hashOf = (columns: object): string => {
  const hash = createHash('sha256');
  for (const column of Object.values(columns)) hash.update(new Uint8Array(column.buffer));
  return hash.digest('hex').slice(0, 32);
};

describe('American figures have the same bits on every machine', () => {
  it.each([
    ['fast', 'ed44e766dda13e5c20cd7a63377913f0'],
    ['fine', 'd7aa72ec1f7631d69073dfcd4901fcca'],
  ] as const)('one by one, %s', (mode, bits) => {
    const out = newGreekColumns(ROWS);
    americanPriceColumns(ROWS, contracts, volatility, out, mode);
    expect(hashOf(out)).toBe(bits);
  });

  it('as a chain, whatever else is valued between its contracts', () => {
    const chain = listedChain();
    const out = newChainColumns(chain.count);
    const other = new AmericanChain();
    const first = new AmericanChain();
    first.solve(chain.count, chain.quotes, out);
    const bits = hashOf(out);
    expect(bits).toBe('258e763bb29f74b13e432c79c8c89c62');
    // All kernels of a thread work in one memory: boundaries kept by a chain must outlast other chains' and single contracts'.
    const { quotes } = chain;
    other.solve(chain.count, { ...quotes, rate: quotes.rate.map((rate) => rate + 0.01) }, newChainColumns(chain.count));
    americanGreeks({ spot: 100, strike: 105, years: 1, rate: 0.04, yield: 0, volatility: 0.3, right: 'put' }, 'fast');
    americanGreeks({ spot: 100, strike: 105, years: 1, rate: 0.04, yield: 0, volatility: 0.3, right: 'put' }, 'fine');
    first.solve(chain.count, chain.quotes, out);
    expect(hashOf(out)).toBe(bits);
  });
});
