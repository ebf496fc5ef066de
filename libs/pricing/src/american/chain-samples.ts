import type { VolatilityColumns } from '../european/columns.ts';
import type { ChainQuotes } from './chain-columns.ts';

/** A few rows of the European batch. */
export class SampleColumns {
  readonly spot: Float64Array;
  readonly strike: Float64Array;
  readonly years: Float64Array;
  readonly rate: Float64Array;
  readonly yield: Float64Array;
  readonly call: Uint8Array;
  readonly price: Float64Array;
  readonly out: VolatilityColumns;
  count = 0;

  constructor(size: number) {
    this.spot = new Float64Array(size);
    this.strike = new Float64Array(size);
    this.years = new Float64Array(size);
    this.rate = new Float64Array(size);
    this.yield = new Float64Array(size);
    this.call = new Uint8Array(size);
    this.price = new Float64Array(size);
    this.out = { volatility: new Float64Array(size), status: new Uint8Array(size) };
  }

  add(at: number, quotes: ChainQuotes): void {
    const row = this.count;
    const expiry = quotes.expiry[at] ?? 0;
    this.spot[row] = quotes.spot;
    this.strike[row] = quotes.strike[at] ?? 0;
    this.years[row] = quotes.years[expiry] ?? 0;
    this.rate[row] = quotes.rate[expiry] ?? 0;
    this.yield[row] = quotes.yield[expiry] ?? 0;
    this.call[row] = quotes.call[at] ?? 0;
    this.price[row] = quotes.price[at] ?? 0;
    this.count += 1;
  }
}
