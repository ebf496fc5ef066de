/**
 * American options: random contracts one by one in both modes, and a listed chain of 5,040 contracts over 30 expiries. Accuracy and the
 * ratio are against QuantLib's QdFp engine in the same run. Prints one JSON object; CPU time of one thread, medians.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AmericanChain,
  type AmericanMode,
  americanValueColumns,
  americanPriceColumns,
  newChainColumns,
  newGreekColumns,
} from '@trading-agent/pricing';
import { listedChain } from '../../../libs/pricing/src/american/testing/listed-chain.ts';

const ROWS = 4_000;
const REFERENCES = 200;
const RUNS = 9;
const SNAPSHOTS = 41;

/** Numbers in [0, 1), the same in every run: G. Marsaglia, "Xorshift RNGs" (2003). */
let state = 20_251_124;
function next(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

const column = (): Float64Array => new Float64Array(ROWS);
const contracts = {
  spot: column().fill(100),
  strike: column(),
  years: column(),
  rate: column(),
  yield: column(),
  call: new Uint8Array(ROWS),
};
const volatility = column();
/** All of them have early exercise to solve for: a call has a yield, and rates are positive. */
for (let i = 0; i < ROWS; i += 1) {
  const days = Math.round(1095 ** next());
  const sigma = 0.07 * (1.2 / 0.07) ** next();
  const deviation = sigma * Math.sqrt(days / 365);
  const call = next() < 0.5;
  contracts.years[i] = days / 365;
  contracts.strike[i] = 100 * Math.exp((2 * next() - 1) * Math.min(1.2, 2.5 * deviation + 0.05));
  contracts.rate[i] = 0.001 + 0.099 * next();
  contracts.yield[i] = !call && next() < 0.4 ? 0 : 0.001 + 0.099 * next();
  contracts.call[i] = call ? 1 : 0;
  volatility[i] = sigma;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** CPU microseconds of `run`: the median, and the best, which other work on the machine disturbs least. */
function microseconds(run: () => void, runs: number): { readonly median: number; readonly best: number } {
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

const values = { fast: newGreekColumns(ROWS), fine: newGreekColumns(ROWS) };
const priceTime = (mode: AmericanMode): { readonly median: number; readonly best: number } => {
  const time = microseconds(() => americanValueColumns(ROWS, contracts, volatility, values[mode], mode), RUNS);
  return { median: time.median / ROWS, best: time.best / ROWS };
};
const times = { fast: priceTime('fast'), fine: priceTime('fine') };
const greeksTime =
  microseconds(() => americanPriceColumns(ROWS, contracts, volatility, newGreekColumns(ROWS)), RUNS).median / ROWS;

const chain = listedChain();
const out = newChainColumns(chain.count);
const solver = new AmericanChain();
const cold = microseconds(() => {
  solver.clear();
  solver.solve(chain.count, chain.quotes, out);
}, SNAPSHOTS);
const cached = microseconds(() => solver.solve(chain.count, chain.quotes, out), SNAPSHOTS);
const { quotes } = chain;
const expiryColumn = (by: Float64Array): Float64Array => Float64Array.from(quotes.expiry, (expiry) => by[expiry] ?? 0);
const chainContracts = {
  spot: new Float64Array(chain.count).fill(quotes.spot),
  strike: quotes.strike,
  years: expiryColumn(quotes.years),
  rate: expiryColumn(quotes.rate),
  yield: expiryColumn(quotes.yield),
  call: quotes.call,
};
const repriced = newGreekColumns(chain.count);
americanValueColumns(chain.count, chainContracts, out.volatility, repriced, 'fine');
const chainErrors = Array.from(repriced.price, (price, i) =>
  out.status[i] === 0 ? Math.abs(price - (quotes.price[i] ?? 0)) : 0,
);

interface Peer {
  readonly fast: number;
  readonly accurate: number;
  readonly highPrecision: number;
  readonly reference: number[];
}

function quantLib(): Peer | string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-american-'));
  try {
    const cells = [contracts.spot, contracts.strike, contracts.years, contracts.rate, contracts.yield, volatility];
    const rows = Float64Array.from({ length: 7 * ROWS }, (_, index) => {
      const i = Math.floor(index / 7);
      if (index % 7 === 6) return contracts.call[i] === 1 ? 1 : -1;
      const cell = cells[index % 7]?.[i] ?? 0;
      return index % 7 === 2 ? Math.round(cell * 365) : cell;
    });
    const input = join(folder, 'rows.bin');
    writeFileSync(input, rows);
    const program = join(folder, 'peer');
    const source = fileURLToPath(new URL('american-peer.cpp', import.meta.url));
    execFileSync('g++', ['-O3', '-w', '-o', program, source, '-lQuantLib'], { stdio: 'ignore' });
    const answer: Peer = JSON.parse(execFileSync(program, [input, String(REFERENCES)], { encoding: 'utf8' }));
    return answer;
  } catch (cause) {
    return `absent: needs g++ and libquantlib0-dev (${cause instanceof Error ? cause.message.slice(0, 60) : 'failed'})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const found = quantLib();
const peer = typeof found === 'string' ? undefined : found;

/** Largest and root mean square error per 100 of spot (the spot is 100). */
function errors(price: Float64Array, reference: ArrayLike<number>): { max: string; rmse: string } {
  let max = 0;
  let sum = 0;
  for (let i = 0; i < reference.length; i += 1) {
    const intrinsic = (contracts.call[i] === 1 ? 1 : -1) * (100 - (contracts.strike[i] ?? 0));
    const error = Math.abs((price[i] ?? 0) - Math.max(reference[i] ?? 0, intrinsic));
    max = Math.max(max, error);
    sum += error * error;
  }
  return { max: max.toExponential(2), rmse: Math.sqrt(sum / reference.length).toExponential(2) };
}

const round = (value: number): number => Math.round(value * 100) / 100;
const perSecond = (microsecondsEach: number): number => Math.round(1e6 / microsecondsEach);
console.log(
  JSON.stringify(
    {
      subject: 'American options, one thread, CPU time',
      n: ROWS,
      fast: {
        pricesPerSecond: perSecond(times.fast.median),
        pricesPerSecondBest: perSecond(times.fast.best),
        withFiveGreeksPerSecond: perSecond(greeksTime),
        errorAgainstFine: errors(values.fast.price, values.fine.price),
        goal: 'max 1e-5, rmse 1e-6 per 100 of spot at 75,000/s',
        ratioToQdFpAccurate: peer === undefined ? found : round(peer.accurate / times.fast.median),
        ratioToQdFpFast: peer === undefined ? found : round(peer.fast / times.fast.median),
      },
      fine: {
        pricesPerSecond: perSecond(times.fine.median),
        pricesPerSecondBest: perSecond(times.fine.best),
        errorAgainstQuantLibTanhSinh: peer === undefined ? found : errors(values.fine.price, peer.reference),
        goal: '1e-8 per 100 of spot at 4,000/s',
        ratioToQdFpHighPrecision: peer === undefined ? found : round(peer.highPrecision / times.fine.median),
      },
      chain: {
        n: chain.count,
        coldMs: round(cold.median / 1000),
        cachedMs: round(cached.median / 1000),
        coldMsBest: round(cold.best / 1000),
        cachedMsBest: round(cached.best / 1000),
        priceErrorDollars: Math.max(...chainErrors).toExponential(2),
        priceErrorPer100: ((Math.max(...chainErrors) / quotes.spot) * 100).toExponential(2),
        goal: '5,000 implied volatilities and 5 greeks: 15 ms cold, 8 ms cached, price error 1.5e-5 dollars',
      },
      peer:
        peer === undefined ? found : { fast: peer.fast, accurate: peer.accurate, highPrecision: peer.highPrecision },
    },
    null,
    2,
  ),
);
