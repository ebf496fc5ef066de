import { type MarketDate, daysBetween } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { type Activity, optionActivity, printsOfDay } from '../option-activity.ts';
import type { OptionMarket } from '../option-quotes.ts';
import type { SyntheticMarket, UnderlyingSession } from '../synthetic-market.ts';
import type { FilesPlan, QuoteSampling } from './files-plan.ts';

/** One print of a contract. */
export interface Print {
  /** Minute of the session. */
  readonly minute: number;
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly cents: number;
  readonly size: number;
}

/** One underlying's options over a session: quotes by minute and place, and what was traded. */
export class OptionDay {
  readonly contracts: readonly OptionContract[];
  /** Places of the contracts in the order of their tickers. */
  readonly byTicker: readonly number[];
  readonly minutes: number;
  /** By contract: minutes between its samples. */
  readonly sampleEvery: Int32Array;
  readonly activity: readonly Activity[];
  /** By minute times contracts plus place: cents (bid 0: none) and contracts. */
  readonly bid: Int32Array;
  readonly ask: Int32Array;
  readonly bidSize: Int32Array;
  readonly askSize: Int32Array;

  readonly #market: SyntheticMarket;
  readonly #of: UnderlyingSession;
  readonly #cumulative: Float64Array;

  constructor(market: SyntheticMarket, of: UnderlyingSession, plan: FilesPlan) {
    const { sampling, parts } = plan;
    this.#market = market;
    this.#of = of;
    this.contracts = market.contracts(of, sampling.expiryDays);
    this.minutes = of.path.bars.length;
    const { contracts, minutes } = this;
    this.byTicker = contracts
      .map((_, place) => place)
      .sort((a, b) => ((contracts[a]?.symbol ?? '') < (contracts[b]?.symbol ?? '') ? -1 : 1));
    const options = market.options(of, contracts);
    options.price(0);
    const moneyness = options.moneyness.slice();
    const { date } = of.day;
    const { random } = market.walk;
    const traded = parts.some((part) => part === 'option-bars' || part === 'trades' || part === 'open-interest');
    this.activity = traded
      ? optionActivity({
          profile: of.walk.profile,
          contracts,
          moneyness,
          date,
          habit: ({ symbol }) => random.fork(`habit/${symbol}`),
          today: ({ symbol }) => random.fork(`activity/${symbol}/${date}`),
        })
      : contracts.map(() => ({ volume: 0, prints: 0, openInterest: 0 }));
    this.sampleEvery = Int32Array.from(contracts, (contract, place) =>
      isNear(contract, moneyness[place] ?? 0, date, sampling) ? sampling.nearEvery : sampling.every,
    );
    const cells = minutes * contracts.length;
    this.bid = new Int32Array(cells);
    this.ask = new Int32Array(cells);
    this.bidSize = new Int32Array(cells);
    this.askSize = new Int32Array(cells);
    const always = parts.includes('option-bars') || parts.includes('trades');
    const { nearEvery, every } = sampling;
    if (always || parts.includes('quotes'))
      for (let minute = 0; minute < minutes; minute += 1)
        if (always || isSample(minute, nearEvery, minutes) || isSample(minute, every, minutes))
          this.#keep(options, minute);
    const { bars } = of.path;
    const shares = bars.map(({ volume }) => volume);
    const total = shares.reduce((sum, volume) => sum + volume, 0);
    let passed = 0;
    // Options are traded when the underlying is; an index, which is not, counts every minute alike.
    this.#cumulative = Float64Array.from(shares, (volume, minute) => {
      passed += total === 0 ? 1 / minutes : volume / total;
      return minute === minutes - 1 ? 1 : passed;
    });
  }

  /** The prints of the contract at `place` in order of time, inside the quote that stood at the end of the minute before. */
  prints(place: number): Print[] {
    const contract = this.contracts[place];
    const activity = this.activity[place];
    if (contract === undefined || activity === undefined || activity.prints === 0) return [];
    const { day, path, walk } = this.#of;
    const random = this.#market.walk.random.fork(`prints/${contract.symbol}/${day.date}`);
    return printsOfDay(random, activity, this.#cumulative).flatMap(({ minute, offset, place: within, size }) => {
      // Before the first minute is over no quote stands yet.
      const bar = path.bars[minute];
      if (minute === 0 || bar === undefined) return [];
      const cell = (minute - 1) * this.contracts.length + place;
      const ask = this.ask[cell] ?? 0;
      const tick = walk.profile.pennies || ask <= 300 ? 1 : 5;
      const bid = Math.max(this.bid[cell] ?? 0, tick);
      const cents = bid + Math.round((within * (ask - bid)) / tick) * tick;
      return [{ minute, at: bar.start + offset, cents: Math.min(cents, ask), size }];
    });
  }

  #keep(options: OptionMarket, minute: number): void {
    options.price(minute);
    const from = minute * this.contracts.length;
    this.bid.set(options.bid, from);
    this.ask.set(options.ask, from);
    this.bidSize.set(options.bidSize, from);
    this.askSize.set(options.askSize, from);
  }
}

/** The first minute, every so many after it, and the last are sampled. */
export function isSample(minute: number, every: number, minutes: number): boolean {
  return minute % every === 0 || minute === minutes - 1;
}

function isNear(contract: OptionContract, moneyness: number, date: MarketDate, sampling: QuoteSampling): boolean {
  return daysBetween(date, contract.expiry) <= sampling.nearDays && Math.abs(moneyness) <= sampling.nearDeviations;
}
