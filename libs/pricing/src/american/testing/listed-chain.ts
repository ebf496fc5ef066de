import { americanValueColumns } from '../american-batch.ts';
import type { ChainQuotes } from '../chain-columns.ts';

const SPOT = 601.37;
const YIELD = 0.012;
const DAYS = [
  1, 2, 3, 4, 5, 7, 9, 12, 14, 18, 21, 25, 30, 35, 42, 49, 56, 63, 77, 91, 112, 140, 175, 210, 245, 280, 365, 455, 550,
  730,
];
const STRIKES = 84;
const REACH = 5.2;
const LOWEST = -3.2;

/** A smile in deviations: skewed, with a floor. */
function smile(z: number, years: number): number {
  return Math.max(0.08, 0.165 - 0.027 * z + 0.012 * z * z) * (1 + 0.05 * Math.sqrt(years));
}

/**
 * 30 expiries x 84 strikes x 2 sides of an index fund (5,040 contracts): strikes on whole dollars from -3.2 to 2 deviations, a skewed
 * smile, rates of 4.3% falling with time; the quotes are the fine mode's values at the volatilities returned.
 */
export function listedChain(): {
  readonly count: number;
  readonly quotes: ChainQuotes;
  readonly volatility: Float64Array;
  readonly status: Uint8Array;
} {
  const years = Float64Array.from(DAYS, (days) => days / 365);
  const rate = years.map((time) => 0.043 - 0.002 * time);
  const dividendYield = years.map(() => YIELD);
  const count = DAYS.length * STRIKES * 2;
  const expiry = new Int32Array(count);
  const strike = new Float64Array(count);
  const call = new Uint8Array(count);
  const volatility = new Float64Array(count);
  const columns = {
    spot: new Float64Array(count).fill(SPOT),
    years: new Float64Array(count),
    rate: new Float64Array(count),
  };
  let at = 0;
  years.forEach((time, e) => {
    const deviation = 0.2 * Math.sqrt(time);
    for (let j = 0; j < STRIKES; j += 1) {
      const log = (LOWEST + (REACH * j) / (STRIKES - 1)) * Math.max(deviation, 0.02);
      for (const side of [1, 0]) {
        expiry[at] = e;
        strike[at] = Math.max(1, Math.round(SPOT * Math.exp(log)));
        call[at] = side;
        volatility[at] = smile(log / deviation, time);
        columns.years[at] = time;
        columns.rate[at] = rate[e] ?? 0;
        at += 1;
      }
    }
  });
  const price = new Float64Array(count);
  const status = new Uint8Array(count);
  const input = { ...columns, strike, yield: new Float64Array(count).fill(YIELD), call };
  americanValueColumns(count, input, volatility, { price, status }, 'fine');
  const quotes = { spot: SPOT, years, rate, yield: dividendYield, expiry, strike, call, price };
  return { count, quotes, volatility, status };
}
