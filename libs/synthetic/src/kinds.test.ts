import { sessionsBetween } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { BLOCK_MINUTES } from './minute-path.ts';
import { type MarketIdentity, SyntheticMarket } from './synthetic-market.ts';

// Fixed seeds: every figure below is one number, and the limits are what its standard error allows.
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};
const tStatistic = (values: readonly number[]): number => (mean(values) / deviation(values)) * Math.sqrt(values.length);
const correlation = (pairs: readonly (readonly [number, number])[]): number => {
  const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const [ma, mb] = [mean(a), mean(b)];
  return mean(pairs.map(([x, y]) => (x - ma) * (y - mb))) / (deviation(a) * deviation(b));
};

interface Trade {
  /** Dollars per share between the middles, and after paying half a spread each way. */
  readonly gross: number;
  readonly net: number;
}
type Book = Map<string, Trade[]>;

/** Options bought an hour after the open and sold at the same time of the next session, a strategy a line, in daily deviations of the spot. */
function optionTrades(identity: MarketIdentity, symbols: readonly string[], every: number): Book {
  const dates = sessionsBetween(marketDate('2015-01-05'), marketDate('2020-12-31'));
  const market = new SyntheticMarket(identity, marketDate('2021-02-26'));
  const book: Book = new Map();
  const MINUTE = 60;
  for (const symbol of symbols) {
    for (let index = 0; index + 1 < dates.length; index += every) {
      const [date, next] = [dates[index] ?? marketDate('2015-01-05'), dates[index + 1] ?? marketDate('2015-01-06')];
      const [today, tomorrow] = [market.session(symbol, date), market.session(symbol, next)];
      if (tomorrow.day.split !== 1) continue;
      const later = market.contracts(today, 30).filter(({ expiry }) => expiry > next);
      const expiry = [...new Set(later.map((contract) => contract.expiry))][1];
      const chain = later.filter((contract) => contract.expiry === expiry);
      const [buy, sell] = [market.options(today, chain), market.options(tomorrow, chain)];
      buy.price(MINUTE);
      sell.price(MINUTE);
      const { profile } = today.walk;
      const scale =
        (today.path.prices[MINUTE] ?? 1) *
        Math.sqrt(profile.beta ** 2 * today.day.market.variance + today.day.own.variance);
      const place = (right: 'call' | 'put', wanted: number): number =>
        chain.reduce(
          (best, contract, at) =>
            contract.right === right &&
            Math.abs((buy.moneyness[at] ?? 9) - wanted) < (best < 0 ? 9 : Math.abs((buy.moneyness[best] ?? 9) - wanted))
              ? at
              : best,
          -1,
        );
      const legs = (name: string, places: readonly number[]): void => {
        const sum = (of: (at: number) => number): number => places.reduce((total, at) => total + of(at), 0);
        const move = sum((at) => (sell.value[at] ?? 0) - (buy.value[at] ?? 0)) / scale;
        const half = (of: typeof buy, at: number): number => ((of.ask[at] ?? 0) - (of.bid[at] ?? 0)) / 200;
        const cost = sum((at) => half(buy, at) + half(sell, at)) / scale;
        for (const [side, sign] of [
          ['buy', 1],
          ['sell', -1],
        ] as const) {
          const key = `${side} ${name}`;
          const list = book.get(key) ?? [];
          list.push({ gross: sign * move, net: sign * move - cost });
          book.set(key, list);
        }
      };
      legs('straddle', [place('call', 0), place('put', 0)]);
      legs('call', [place('call', 0)]);
      legs('put out of the money', [place('put', -1)]);
      legs('strangle far out', [place('call', 1.8), place('put', -1.8)]);
    }
  }
  return book;
}

/** Returns of the half-hours of each session, each over what the half-hour was to deviate by, of the sessions without a jump. */
function blocks(identity: MarketIdentity, symbols: readonly string[]): { day: number[]; overnight: number }[] {
  const market = new SyntheticMarket(identity, marketDate('2017-12-29'));
  return symbols.flatMap((symbol) =>
    sessionsBetween(marketDate('2015-01-05'), marketDate('2017-12-29')).flatMap((date) => {
      const of = market.session(symbol, date);
      const { day, path, walk } = of;
      if (day.market.dayJump !== 0 || day.own.dayJump !== 0) return [];
      const beta2 = walk.profile.beta ** 2;
      const part = (values: Float64Array, block: number): number =>
        values.slice(block * BLOCK_MINUTES, (block + 1) * BLOCK_MINUTES).reduce((sum, value) => sum + value, 0);
      const closes = Array.from({ length: Math.floor(path.prices.length / BLOCK_MINUTES) }, (_, block) =>
        Math.log(path.bars[(block + 1) * BLOCK_MINUTES - 1]?.close ?? 1),
      );
      const returns = closes.map((close, block) => {
        const variance = beta2 * part(of.market.variances, block) + part(path.own.variances, block);
        return (close - (closes[block - 1] ?? Math.log(day.open))) / Math.sqrt(variance);
      });
      return [{ day: returns, overnight: Math.log((day.open + day.dividend) / day.previousClose) }];
    }),
  );
}

const following = (sessions: readonly { day: number[] }[], lag = 1): [number, number][] =>
  sessions.flatMap(({ day }) => day.slice(lag).map((value, index): [number, number] => [day[index] ?? 0, value]));

describe('the placebo', () => {
  const book = optionTrades({ seed: 3, kind: 'placebo' }, ['SPY', 'AAPL', 'KO'], 4);

  it('pays nobody before costs', () => {
    const figures = [...book].map(([name, trades]) => [name, tStatistic(trades.map(({ gross }) => gross))] as const);
    expect(figures).toHaveLength(8);
    expect(figures.filter(([, t]) => Math.abs(t) > 3)).toEqual([]);
    expect([...book.values()].every((trades) => trades.length > 1_000)).toBe(true);
  });

  it('costs everybody after them, buyers and sellers, significantly where the spread is not small against the move', () => {
    for (const [name, trades] of book) expect(mean(trades.map(({ net }) => net)), name).toBeLessThan(0);
    const all = [...book.values()].flatMap((trades) => trades.map(({ net }) => net));
    expect(tStatistic(all)).toBeLessThan(-5);
  });

  it('lets nothing of a day be told from what was before it', () => {
    const sessions = blocks({ seed: 4, kind: 'placebo' }, ['SPY', 'AAPL']);
    const limit = 4 / Math.sqrt(sessions.length * 12);
    expect(Math.abs(correlation(following(sessions)))).toBeLessThan(limit);
    expect(Math.abs(mean(sessions.flatMap(({ day }) => day)))).toBeLessThan(limit);
  });
});

describe('the synthetic market', () => {
  it('pays the sellers of options, and the holders of shares', () => {
    // The same noise with and without premiums: what differs is what they pay.
    const [paid, free] = [{ seed: 3 }, { seed: 3, kind: 'placebo' } as const].map((identity) =>
      optionTrades(identity, ['SPY'], 6),
    );
    for (const name of ['sell straddle', 'sell put out of the money', 'sell strangle far out']) {
      const gross = (book: Book | undefined): number => mean((book?.get(name) ?? []).map((trade) => trade.gross));
      expect(gross(paid), name).toBeGreaterThan(gross(free));
    }
    const growth = (kind: 'synthetic' | 'placebo'): number => {
      const { days } = new SyntheticMarket({ seed: 3, kind }, marketDate('2026-01-05')).underlying('SPX');
      return Math.log((days.at(-1)?.close ?? 1) / (days[0]?.open ?? 1)) / 36;
    };
    expect(growth('synthetic') - growth('placebo')).toBeCloseTo(0.04 + 0.045, 2);
  });
});

describe('a planted signal', () => {
  it.each([0.2, -0.35])('of strength %d is found with about that strength, and nothing elsewhere', (strength) => {
    const sessions = blocks({ seed: 5, kind: 'planted', strength }, ['SPY', 'AAPL']);
    const pairs = following(sessions);
    const error = 1 / Math.sqrt(pairs.length);
    const found = correlation(pairs);
    // Jumps and rounding take a little away.
    expect(Math.abs(found - strength)).toBeLessThan(4 * error + 0.05 * Math.abs(strength));
    // Two half-hours apart there is what the one between carries over, no more.
    expect(Math.abs(correlation(following(sessions, 2)) - found * found)).toBeLessThan(4 * error);
    const overNight = sessions.slice(1).flatMap(({ day, overnight }, index): [number, number][] => [
      [sessions[index]?.day.at(-1) ?? 0, overnight],
      [overnight, day[0] ?? 0],
      [sessions[index]?.day.at(-1) ?? 0, day[0] ?? 0],
    ]);
    expect(Math.abs(correlation(overNight))).toBeLessThan(4 / Math.sqrt(overNight.length));
    const whole = sessions.map(({ day }) => day.reduce((sum, value) => sum + value, 0));
    const days = whole.slice(1).map((value, index): [number, number] => [whole[index] ?? 0, value]);
    expect(Math.abs(correlation(days))).toBeLessThan(4 / Math.sqrt(days.length));
  });

  it('is worth its strength to who follows it, and leaves the day as volatile as it was', () => {
    const strength = 0.3;
    const planted = blocks({ seed: 6, kind: 'planted', strength }, ['SPY']);
    const placebo = blocks({ seed: 6, kind: 'placebo' }, ['SPY']);
    const followed = following(planted).map(([before, after]) => Math.sign(before) * after);
    // The mean of |x| y for a correlated normal pair: strength times the deviation times sqrt(2 / pi).
    const expected = strength * deviation(following(planted).map(([, after]) => after)) * Math.sqrt(2 / Math.PI);
    expect(mean(followed)).toBeGreaterThan(0.75 * expected);
    expect(mean(followed)).toBeLessThan(1.25 * expected);
    expect(Math.abs(tStatistic(following(placebo).map(([before, after]) => Math.sign(before) * after)))).toBeLessThan(
      3,
    );
    const daily = (of: typeof planted): number =>
      deviation(of.map(({ day }) => day.reduce((sum, value) => sum + value, 0)));
    expect(Math.abs(daily(planted) / daily(placebo) - 1)).toBeLessThan(0.05);
  });
});
