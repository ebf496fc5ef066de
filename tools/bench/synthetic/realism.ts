/**
 * `npx node tools/bench/synthetic/realism.ts [--seed n]`: stylised facts of recorded and of synthetic prices and chains side by side, as
 * the table that libs/synthetic/README.md shows. Takes about two minutes. Needs the shared data folder for the recorded column.
 */
import { parseArgs } from 'node:util';
import {
  type ChainQuote,
  correlation,
  mean,
  median,
  minuteFacts,
  returnFacts,
  smileFacts,
  spreadFacts,
} from './facts.ts';
import { madeChains, madeIndexCloses, madeMinutes, madeReturns } from './made.ts';
import {
  REAL_CHAINS,
  hasRealData,
  realChain,
  realCloseChain,
  realMinutes,
  realReturns,
  realVolatilityIndex,
} from './real.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '7' } } });
const identity = { seed: values.seed };
const line = (what: string, real: string, made: string): void => console.log(`| ${what} | ${real} | ${made} |`);
const figure = (value: number, digits = 2): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toFixed(1)}%` : '-');
const NONE = 'no data here';

line('fact', 'recorded', 'synthetic');
line('---', '---', '---');
for (const symbol of ['SPY', 'AAPL']) {
  const made = returnFacts(madeReturns(symbol, identity));
  const real = hasRealData ? returnFacts(realReturns(symbol)) : undefined;
  const row = (what: string, of: (facts: typeof made) => string): void =>
    line(`${symbol} daily 1998-2018: ${what}`, real ? of(real) : NONE, of(made));
  row('volatility a year', ({ volatility }) => percent(volatility));
  row('kurtosis', ({ kurtosis }) => figure(kurtosis, 1));
  row('skewness', ({ skewness }) => figure(skewness));
  row('autocorrelation of returns, lag 1', ({ memory }) => figure(memory));
  row('of sizes, lag 1 / 5 / 20', ({ clustering }) => clustering.map((one) => figure(one)).join(' / '));
  row('return against size of the next five (leverage)', ({ leverage }) => figure(leverage));
  row('overnight share of variance', ({ overnightShare }) => percent(overnightShare));
}

const madeMinute = minuteFacts(madeMinutes('SPY', identity));
const realMinute = hasRealData ? minuteFacts(await realMinutes()) : undefined;
const minuteRow = (what: string, of: (facts: typeof madeMinute) => string): void =>
  line(`SPY minutes: ${what}`, realMinute ? of(realMinute) : NONE, of(madeMinute));
minuteRow('kurtosis', ({ kurtosis }) => figure(kurtosis, 1));
minuteRow('autocorrelation of returns / of sizes', (one) => `${figure(one.memory)} / ${figure(one.clustering)}`);
minuteRow('moves in first / last half-hour over noon', (one) => `${figure(one.openMoves)} / ${figure(one.closeMoves)}`);
minuteRow(
  'volume in first / last half-hour over noon',
  (one) => `${figure(one.openVolume)} / ${figure(one.closeVolume)}`,
);

interface IndexFacts {
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  readonly against: number;
}
function indexFacts(points: readonly number[], returns: readonly number[]): IndexFacts {
  const changes = points.slice(1).map((point, index) => Math.log(point / (points[index] ?? point)));
  const sorted = points.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
  const tail = Math.min(changes.length, returns.length);
  return {
    mean: mean(points),
    lowest: quantile(0.05),
    highest: quantile(0.95),
    against: correlation(changes.slice(-tail), returns.slice(-tail)),
  };
}
const totals = (days: readonly { overnight: number; intraday: number }[]): number[] =>
  days.map(({ overnight, intraday }) => overnight + intraday);
const madeIndex = indexFacts(madeIndexCloses('VIX', identity), totals(madeReturns('SPX', identity)));
const realIndex = hasRealData
  ? indexFacts(
      realVolatilityIndex().flatMap(({ date, close }) => (date >= '1998-01-02' && date <= '2018-12-31' ? [close] : [])),
      totals(realReturns('SPY')),
    )
  : undefined;
const indexRow = (what: string, of: (facts: IndexFacts) => string): void =>
  line(`VIX 1998-2018: ${what}`, realIndex ? of(realIndex) : NONE, of(madeIndex));
indexRow('mean', (one) => figure(one.mean, 1));
indexRow('5% / 95%', (one) => `${figure(one.lowest, 1)} / ${figure(one.highest, 1)}`);
indexRow('its change against the return of the market', (one) => figure(one.against));

/** The expiry nearest to so many days that has a smile. */
function nearest(expiries: readonly (readonly ChainQuote[])[], days: number): readonly ChainQuote[] {
  const usable = expiries.filter(
    (quotes) => Number.isFinite(smileFacts(quotes).skew) && (quotes[0]?.years ?? 0) > 2 / 365,
  );
  return (
    usable.toSorted(
      (a, b) => Math.abs((a[0]?.years ?? 0) * 365 - days) - Math.abs((b[0]?.years ?? 0) * 365 - days),
    )[0] ?? []
  );
}
const chains: { name: string; real: ChainQuote[][] | undefined; made: ChainQuote[][][]; days: number }[] = [];
for (const { symbol, date, time } of REAL_CHAINS) {
  const real = hasRealData ? await realChain(symbol, date, time) : undefined;
  const index = symbol === 'SPX';
  chains.push({
    name: `${symbol} ${date}`,
    real,
    made: madeChains(index ? 'SPX' : symbol === 'GOOG' ? 'GOOG' : 'DIS', identity),
    days: index ? 3 : 30,
  });
}
chains.push({
  name: 'AAPL 2014-06-06',
  real: hasRealData ? realCloseChain() : undefined,
  made: madeChains('AAPL', identity),
  days: 30,
});
for (const { name, real, made, days } of chains) {
  const realSmile = real ? smileFacts(nearest(real, days)) : undefined;
  const madeSmiles = made.map((chain) => smileFacts(nearest(chain, days)));
  const row = (what: string, of: 'skew' | 'curvature'): void =>
    line(
      `${name}, ${days} days: ${what}`,
      realSmile ? figure(realSmile[of]) : NONE,
      figure(median(madeSmiles.map((one) => one[of]))),
    );
  // Of SPX no more than four contracts are recorded: enough for spreads, not for a smile.
  if (days > 3) {
    row('skew between -1 and +1 deviation, over the level', 'skew');
    row('curvature, over the level', 'curvature');
  }
  const realSpread = real ? spreadFacts(real) : undefined;
  const madeSpreads = made.map((chain) => spreadFacts(chain));
  const widths = (one: ReturnType<typeof spreadFacts>): string =>
    [one.inside, one.atTheMoney, one.out, one.farOut].map(percent).join(' / ');
  const middle = (of: keyof (typeof madeSpreads)[number]): number =>
    median(madeSpreads.map((one) => one[of]).filter(Number.isFinite));
  line(
    `${name}: spread over mid, in / at / out / far out of the money`,
    realSpread ? widths(realSpread) : NONE,
    widths({
      inside: middle('inside'),
      atTheMoney: middle('atTheMoney'),
      out: middle('out'),
      farOut: middle('farOut'),
    }),
  );
}
