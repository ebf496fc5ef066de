/** Stylised facts of prices and option chains (R. Cont, "Empirical properties of asset returns", Quantitative Finance 1, 2001). */
import type { MarketDate } from '@trading-agent/core';
import { impliedVolatility } from '@trading-agent/pricing';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(a.map((value, index) => (value - ma) * ((b[index] ?? mb) - mb))) / (deviation(a) * deviation(b));
}

export function lagged(values: readonly number[], lag: number): number {
  return correlation(values.slice(lag), values.slice(0, -lag));
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** One session's prices, total returns since the close before as logs. */
export interface DailyReturn {
  readonly overnight: number;
  readonly intraday: number;
}

export interface ReturnFacts {
  readonly volatility: number;
  readonly kurtosis: number;
  readonly skewness: number;
  /** Autocorrelation of returns, and of their sizes after 1, 5 and 20 sessions. */
  readonly memory: number;
  readonly clustering: readonly [number, number, number];
  /** Correlation of a return with the mean size of the next five. */
  readonly leverage: number;
  /** Part of the variance from close to open. */
  readonly overnightShare: number;
}

export function returnFacts(days: readonly DailyReturn[]): ReturnFacts {
  const returns = days.map(({ overnight, intraday }) => overnight + intraday);
  const middle = mean(returns);
  const moment = (power: number): number => mean(returns.map((value) => (value - middle) ** power));
  const sizes = returns.map(Math.abs);
  const after = returns.slice(0, -5).map((_, index) => mean(sizes.slice(index + 1, index + 6)));
  const overnight = mean(days.map((day) => day.overnight ** 2));
  const intraday = mean(days.map((day) => day.intraday ** 2));
  return {
    volatility: Math.sqrt(252 * moment(2)),
    kurtosis: moment(4) / moment(2) ** 2,
    skewness: moment(3) / moment(2) ** 1.5,
    memory: lagged(returns, 1),
    clustering: [lagged(sizes, 1), lagged(sizes, 5), lagged(sizes, 20)],
    leverage: correlation(returns.slice(0, -5), after),
    overnightShare: overnight / (overnight + intraday),
  };
}

/** Minute closes and volumes of full regular sessions, 390 each. */
export interface MinuteSession {
  readonly closes: readonly number[];
  readonly volumes: readonly number[];
}

export interface MinuteFacts {
  /** Of minute returns scaled by their session's deviation. */
  readonly kurtosis: number;
  readonly memory: number;
  readonly clustering: number;
  /** Mean size of returns, and volume, in the first and last half-hour over noon to one o'clock. */
  readonly openMoves: number;
  readonly closeMoves: number;
  readonly openVolume: number;
  readonly closeVolume: number;
}

export function minuteFacts(sessions: readonly MinuteSession[]): MinuteFacts {
  const returns = sessions.map(({ closes }) => {
    const logs = closes.slice(1).map((close, index) => Math.log(close / (closes[index] ?? close)));
    const scale = deviation(logs);
    return logs.map((value) => value / scale);
  });
  const all = returns.flat();
  const size = (from: number, to: number): number =>
    mean(returns.map((list) => mean(list.slice(from, to).map(Math.abs))));
  const volume = (from: number, to: number): number =>
    mean(sessions.map(({ volumes }) => mean(volumes.slice(from, to))));
  return {
    kurtosis: mean(all.map((value) => value ** 4)) / mean(all.map((value) => value ** 2)) ** 2,
    memory: mean(returns.map((list) => lagged(list, 1))),
    clustering: mean(returns.map((list) => lagged(list.map(Math.abs), 1))),
    openMoves: size(1, 30) / size(150, 210),
    closeMoves: size(360, 389) / size(150, 210),
    openVolume: volume(0, 30) / volume(150, 210),
    closeVolume: volume(360, 390) / volume(150, 210),
  };
}

/** One quoted strike of one expiry. */
export interface ChainQuote {
  readonly expiry: MarketDate;
  readonly years: number;
  readonly strike: number;
  readonly right: 'call' | 'put';
  readonly bid: number;
  readonly ask: number;
}

export interface SmileFacts {
  readonly atTheMoney: number;
  /** (volatility one standard deviation below the money less that one above) over that at the money. */
  readonly skew: number;
  /** (mean of both less the one at the money) over that at the money. */
  readonly curvature: number;
}

interface SmilePoint {
  readonly x: number;
  readonly volatility: number;
}

/** Log-moneyness in standard deviations and volatility of each quote of one expiry that is out of the money. */
function smile(quotes: readonly ChainQuote[], forward: number): SmilePoint[] {
  const points = quotes.flatMap(({ strike, right, years, bid, ask }) => {
    if (!(bid > 0) || (right === 'call') !== strike >= forward) return [];
    const found = impliedVolatility({
      spot: forward,
      strike,
      years,
      rate: 0,
      yield: 0,
      right,
      price: 0.5 * (bid + ask),
    });
    return found.kind === 'ok' ? [{ k: Math.log(strike / forward), volatility: found.volatility, years }] : [];
  });
  const nearest = points.toSorted((a, b) => Math.abs(a.k) - Math.abs(b.k))[0];
  if (nearest === undefined) return [];
  const scale = nearest.volatility * Math.sqrt(nearest.years);
  return points.map(({ k, volatility }) => ({ x: k / scale, volatility })).sort((a, b) => a.x - b.x);
}

function at(points: readonly SmilePoint[], x: number): number {
  const above = points.findIndex((point) => point.x >= x);
  const [low, high] = [points[above - 1], points[above]];
  if (low === undefined || high === undefined) return Number.NaN;
  const share = (x - low.x) / (high.x - low.x);
  return low.volatility * (1 - share) + high.volatility * share;
}

/** Forward by put-call parity at the strike where call and put are nearest to each other. */
export function parityForward(quotes: readonly ChainQuote[]): number {
  const pairs = [...Map.groupBy(quotes, ({ strike }) => strike)].flatMap(([strike, both]) => {
    const [call, put] = (['call', 'put'] as const).map((right) => both.find((quote) => quote.right === right));
    if (!call || !put || !(call.bid > 0 && put.bid > 0)) return [];
    return [{ strike, gap: 0.5 * (call.bid + call.ask - put.bid - put.ask) }];
  });
  const nearest = pairs.toSorted((a, b) => Math.abs(a.gap) - Math.abs(b.gap))[0];
  return nearest === undefined ? Number.NaN : nearest.strike + nearest.gap;
}

export function smileFacts(quotes: readonly ChainQuote[]): SmileFacts {
  const points = smile(quotes, parityForward(quotes));
  const [low, middle, high] = [at(points, -1), at(points, 0), at(points, 1)];
  return { atTheMoney: middle, skew: (low - high) / middle, curvature: (0.5 * (low + high) - middle) / middle };
}

/** Width of the quote over its mid, medians: at the money, one and two deviations out of it, and one in it. */
export interface SpreadFacts {
  readonly atTheMoney: number;
  readonly out: number;
  readonly farOut: number;
  readonly inside: number;
}

export function spreadFacts(expiries: readonly (readonly ChainQuote[])[]): SpreadFacts {
  const all = expiries.flatMap((quotes) => {
    const forward = parityForward(quotes);
    const { atTheMoney } = smileFacts(quotes);
    return quotes.flatMap(({ strike, right, years, bid, ask }) => {
      const outside = ((right === 'call' ? 1 : -1) * Math.log(strike / forward)) / (atTheMoney * Math.sqrt(years));
      return bid > 0 && Number.isFinite(outside) ? [{ outside, width: (ask - bid) / (0.5 * (ask + bid)) }] : [];
    });
  });
  const within = (from: number, to: number): number =>
    median(all.flatMap(({ outside, width }) => (outside >= from && outside < to ? [width] : [])));
  return { atTheMoney: within(-0.5, 0.5), out: within(0.5, 1.5), farOut: within(1.5, 2.5), inside: within(-1.5, -0.5) };
}
