/**
 * American options with discrete cash dividends: random contracts one by one, and a stock's chain of 1,500 contracts over 15 expiries
 * (implied volatility and five greeks), and each random contract as a slice of its own. Errors are against this package's fine mode, which
 * its tests tie to an independent solver. The peer is QuantLib's finite differences of the same model on two grids. Prints one JSON object; CPU time of one thread, medians.
 *
 *   node tools/bench/pricing/dividends.ts [--chain RATE,CASH,YIELD,FIRST_EX_DAY,VOLATILITY] [--days 7,14,...]   # default 0.03,0.6,0,22,0.25
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  americanValueColumns,
  type ChainColumns,
  discreteDividendPrice,
  type DividendOption,
  DividendSlice,
  FINE_DIVIDENDS,
  newChainColumns,
  newGreekColumns,
  newOptionColumns,
} from '@trading-agent/pricing';

const ROWS = 5_000;
const PEER_ROWS = 60;
const RUNS = 15;
const SPOT = 100;
const QUARTER = 91;
/** Of a contract that a volatility is asked of, dollars. */
const LEAST_TIME_VALUE = 2e-3;

/** Not the seed that the resolution was chosen on. Numbers in [0, 1), the same in every run: G. Marsaglia, "Xorshift RNGs" (2003). */
let state = 777;
function next(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

interface Row {
  readonly option: DividendOption;
  readonly days: number;
  readonly first: number;
  readonly cash: number;
}

const quarterly = (first: number, cash: number, days: number) =>
  Array.from({ length: Math.max(0, Math.ceil((days - first) / QUARTER)) }, (_, k) => ({
    years: (first + k * QUARTER) / 365,
    cash,
    proportion: 0,
  }));

const rows: readonly Row[] = Array.from({ length: ROWS }, () => {
  const days = Math.round(10 * 73 ** next());
  const volatility = 0.1 + 0.5 * next();
  const first = 1 + Math.floor(next() * Math.min(QUARTER, days - 1));
  const cash = 1.5 * next();
  const option: DividendOption = {
    spot: SPOT,
    strike: SPOT * Math.exp((4 * next() - 2) * volatility * Math.sqrt(days / 365)),
    years: days / 365,
    rate: 0.06 * next(),
    yield: 0,
    volatility,
    right: next() < 0.5 ? 'call' : 'put',
    exercise: 'american',
    dividends: quarterly(first, cash, days),
  };
  return { option, days, first, cash };
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** CPU microseconds of `run`: the median, and the best, which other work on the machine disturbs least. */
function microseconds(run: () => void, runs = RUNS): { readonly median: number; readonly best: number } {
  run();
  run();
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    run();
    const used = process.cpuUsage(start);
    return used.user + used.system;
  });
  return { median: median(times), best: Math.min(...times) };
}

function errors(
  found: readonly number[],
  reference: readonly number[],
): { max: string; rmse: string; beyondGoal: number } {
  const misses = found.map((one, i) => Math.abs(one - (reference[i] ?? 0)));
  return {
    max: Math.max(...misses).toExponential(1),
    rmse: Math.sqrt(misses.reduce((sum, one) => sum + one * one, 0) / misses.length).toExponential(1),
    beyondGoal: misses.filter((one) => one > 1e-3).length,
  };
}

const column = (): Float64Array => new Float64Array(100);

const { values: given } = parseArgs({
  options: {
    chain: { type: 'string', default: '0.03,0.6,0,22,0.25' },
    days: { type: 'string', default: '7,14,21,28,35,42,60,90,120,150,180,240,365,540,730' },
  },
});
const [chainRate = 0, chainCash = 0, chainYield = 0, firstEx = 0, level = 0] = given.chain.split(',').map(Number);

/** 50 strikes, call and put, per expiry, on a smile, to the cent. */
const expiries = given.days.split(',').map((text) => {
  const days = Number(text);
  const years = days / 365;
  const terms = { years, rate: chainRate, yield: chainYield, dividends: quarterly(firstEx, chainCash, days) };
  const expiry = {
    terms,
    strike: column(),
    call: new Uint8Array(100),
    price: column(),
    truth: column(),
  };
  for (let i = 0; i < 100; i += 1) {
    const m = -3 + (6 * (i >> 1)) / 49;
    const volatility = level * (1 - 0.1 * m + 0.032 * m * m);
    const strike = SPOT * Math.exp(m * level * Math.sqrt(years));
    const right = i % 2 === 1 ? 'call' : 'put';
    const option: DividendOption = { ...terms, spot: SPOT, strike, volatility, right, exercise: 'american' };
    expiry.strike[i] = strike;
    expiry.call[i] = i % 2;
    expiry.price[i] = Math.round(100 * discreteDividendPrice(option, FINE_DIVIDENDS).price) / 100;
  }
  return expiry;
});
const newOut = (): ChainColumns => newChainColumns(100);
const outs = expiries.map(newOut);
/** No guess: the quotes alone. */
const noGuess = column();
const solveChain = (): void =>
  expiries.forEach((expiry, k) => {
    const slice = new DividendSlice(expiry.terms, SPOT);
    slice.implied(100, SPOT, expiry.strike, expiry.call, expiry.price, noGuess, outs[k] ?? newOut());
  });

function quantLib(time: number, space: number): { microseconds: number; prices: number[] } | string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-dividends-'));
  try {
    const input = join(folder, 'rows.bin');
    const cells = rows.slice(0, PEER_ROWS).flatMap(({ option, days, first, cash }) => {
      const { strike, rate, volatility, right } = option;
      return [strike, days, rate, volatility, right === 'call' ? 1 : -1, first, cash, 0];
    });
    writeFileSync(input, Float64Array.from(cells));
    const program = join(folder, 'peer');
    const source = fileURLToPath(new URL('dividends-peer.cpp', import.meta.url));
    execFileSync('g++', ['-O3', '-w', '-o', program, source, '-lQuantLib'], { stdio: 'ignore' });
    const answer: { microseconds: number; prices: number[] } = JSON.parse(
      execFileSync(program, [input, String(time), String(space)], { encoding: 'utf8' }),
    );
    return answer;
  } catch (cause) {
    return `absent: needs g++ and libquantlib0-dev (${cause instanceof Error ? cause.message.slice(0, 60) : 'failed'})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reference = rows.map(({ option }) => discreteDividendPrice(option, FINE_DIVIDENDS).price);
const fast = rows.map(({ option }) => discreteDividendPrice(option).price);
const each = microseconds(() => rows.forEach(({ option }) => discreteDividendPrice(option)));
const perSecond = (time: number): number => Math.round((1e6 * ROWS) / time);
const chain = microseconds(solveChain, 41);
const chainMisses = expiries.flatMap(({ terms, strike, call, price }, k) =>
  Array.from(price, (quote, i) => {
    if (outs[k]?.status[i] !== 0) return 0;
    const right = call[i] === 1 ? 'call' : 'put';
    const volatility = outs[k]?.volatility[i] ?? 0;
    const option: DividendOption = {
      ...terms,
      spot: SPOT,
      strike: strike[i] ?? 0,
      volatility,
      right,
      exercise: 'american',
    };
    return discreteDividendPrice(option, FINE_DIVIDENDS).price - quote;
  }),
);

/** Each random contract that has time value as a slice of its own: volatility and greeks from its price alone. */
const quoted = rows.flatMap(({ option }, i) => {
  const { kind } = discreteDividendPrice(option, FINE_DIVIDENDS);
  const price = reference[i] ?? 0;
  const least = discreteDividendPrice({ ...option, volatility: 0 }).price;
  const told = kind === 'ok' && price > least + LEAST_TIME_VALUE && price > 0.01;
  return told ? [{ option, price }] : [];
});
const single = newOut();
const volatilityOf = ({ option, price }: (typeof quoted)[number]): number => {
  const { strike, spot, right } = option;
  const call = Uint8Array.of(right === 'call' ? 1 : 0);
  new DividendSlice(option, spot).implied(
    1,
    spot,
    Float64Array.of(strike),
    call,
    Float64Array.of(price),
    noGuess,
    single,
  );
  return single.status[0] === 0 ? (single.volatility[0] ?? 0) : 0;
};
const found = quoted.map(volatilityOf);
const alone = microseconds(() => quoted.forEach(volatilityOf), 3);
const aloneMisses = quoted.map(({ option, price }, i) => {
  const volatility = found[i] ?? 0;
  return volatility > 0 ? discreteDividendPrice({ ...option, volatility }, FINE_DIVIDENDS).price - price : 0;
});

// Without dividends: these finite differences against the collocation of the American kernels, on the same contracts.
const plain = newOptionColumns(ROWS);
const volatilities = new Float64Array(ROWS);
rows.forEach(({ option }, i) => {
  plain.spot[i] = SPOT;
  plain.strike[i] = option.strike;
  plain.years[i] = option.years;
  plain.rate[i] = option.rate;
  plain.call[i] = option.right === 'call' ? 1 : 0;
  volatilities[i] = option.volatility;
});
const values = newGreekColumns(ROWS);
const collocation = microseconds(() => americanValueColumns(ROWS, plain, volatilities, values, 'fast')).median;
const bare = rows.map(({ option }) => ({ ...option, dividends: [] }));
const heat = microseconds(() => bare.forEach((option) => discreteDividendPrice(option))).median;

const peers = [quantLib(100, 200), quantLib(400, 800)];
console.log(
  JSON.stringify(
    {
      random: {
        n: ROWS,
        perSecond: perSecond(each.median),
        perSecondBest: perSecond(each.best),
        errorPer100: errors(fast, reference),
        goal: '20,000/s at 1e-3 per 100 of spot',
      },
      chain: {
        n: expiries.length * 100,
        milliseconds: Number((chain.median / 1000).toFixed(1)),
        millisecondsBest: Number((chain.best / 1000).toFixed(1)),
        solved: outs.reduce((sum, one) => sum + one.status.filter((status) => status === 0).length, 0),
        priceErrorPer100: errors(chainMisses, []),
        goal: 'at most 100 ms, 1e-3 per 100',
      },
      singles: {
        n: quoted.length,
        solved: found.filter((one) => one > 0).length,
        perSecond: Math.round((1e6 * quoted.length) / alone.median),
        priceErrorPer100: errors(aloneMisses, []),
        goal: 'every one within 1e-3 per 100',
      },
      withoutDividends: {
        collocationPerSecond: perSecond(collocation),
        finiteDifferencesPerSecond: perSecond(heat),
      },
      peers: peers.map((one, k) =>
        typeof one === 'string'
          ? one
          : {
              grid: k === 0 ? '100 x 200' : '400 x 800',
              n: PEER_ROWS,
              perSecond: Math.round(1e6 / one.microseconds),
              errorPer100: errors(one.prices, reference),
              ratio: Number(((one.microseconds * ROWS) / each.median).toFixed(1)),
            },
      ),
    },
    undefined,
    2,
  ),
);
