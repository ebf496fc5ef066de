import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  higherGreekColumns,
  impliedBlackVolatilityColumns,
  impliedVolatilityColumns,
  newGreekColumns,
  newHigherGreekColumns,
  newVolatilityColumns,
  priceColumns,
} from '@trading-agent/pricing';

const ROWS = 65_536;
const RUNS = 31;
const PASSES = 5;

/** Numbers in [0, 1), the same in every run: G. Marsaglia, "Xorshift RNGs" (2003). */
let state = 20_251_124;
function next(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

/** CPU nanoseconds per row: the median of the runs, and the best, which other work on the machine disturbs least. */
function nanoseconds(pass: () => void): { readonly median: number; readonly best: number } {
  for (let warm = 0; warm < 20; warm += 1) pass();
  const runs = Array.from({ length: RUNS }, () => {
    const start = process.cpuUsage();
    for (let index = 0; index < PASSES; index += 1) pass();
    const used = process.cpuUsage(start);
    return ((used.user + used.system) * 1_000) / (PASSES * ROWS);
  });
  return { median: runs.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN, best: Math.min(...runs) };
}

const column = (): Float64Array => new Float64Array(ROWS);
const contracts = {
  spot: column(),
  strike: column(),
  years: column(),
  rate: column(),
  yield: column(),
  call: new Uint8Array(ROWS),
};
const volatility = column();
// Days to two years, 10-70% volatility, strikes within three standard deviations, calls and puts alike.
for (let i = 0; i < ROWS; i += 1) {
  const years = 0.01 + 2 * next();
  const sigma = 0.1 + 0.6 * next();
  contracts.spot[i] = 20 + 480 * next();
  contracts.years[i] = years;
  contracts.strike[i] = (contracts.spot[i] ?? 0) * Math.exp(sigma * Math.sqrt(years) * (6 * next() - 3));
  contracts.rate[i] = 0.05 * next();
  contracts.yield[i] = 0.03 * next();
  contracts.call[i] = next() < 0.5 ? 1 : 0;
  volatility[i] = sigma;
}
const greeks = newGreekColumns(ROWS);
const higher = newHigherGreekColumns(ROWS);
const found = newVolatilityColumns(ROWS);
const greeksTime = nanoseconds(() => priceColumns(ROWS, contracts, volatility, greeks));
const higherTime = nanoseconds(() => higherGreekColumns(ROWS, contracts, volatility, higher));
const impliedTime = nanoseconds(() => impliedVolatilityColumns(ROWS, contracts, greeks.price, found));
const forwards = {
  forward: Float64Array.from(contracts.spot, (spot, i) => {
    return spot * Math.exp(((contracts.rate[i] ?? 0) - (contracts.yield[i] ?? 0)) * (contracts.years[i] ?? 0));
  }),
  strike: contracts.strike,
  years: contracts.years,
  call: contracts.call,
};
const undiscounted = Float64Array.from(greeks.price, (price, i) => {
  return price * Math.exp((contracts.rate[i] ?? 0) * (contracts.years[i] ?? 0));
});
const blackTime = nanoseconds(() => impliedBlackVolatilityColumns(ROWS, forwards, undiscounted, found));

interface PeerTimes {
  readonly greeks: number;
  readonly greeksBest: number;
  readonly impliedVolatility: number;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-european-'));
let quantLib: PeerTimes | string = 'absent: needs g++ and libquantlib0-dev';
let ivPeer: number | string = 'absent: BENCH_IV_PEER names none';
try {
  const rows = Float64Array.from({ length: 8 * ROWS }, (_, index) => {
    const i = index >> 3;
    const cells = [contracts.spot, contracts.strike, contracts.years, contracts.rate, contracts.yield, volatility];
    const side = contracts.call[i] === 1 ? 1 : -1;
    return [...cells.map((cell) => cell[i] ?? 0), side, undiscounted[i] ?? 0][index & 7] ?? 0;
  });
  const input = join(folder, 'rows.bin');
  writeFileSync(input, rows);
  const program = join(folder, 'peer');
  const source = fileURLToPath(new URL('european-peer.cpp', import.meta.url));
  try {
    execFileSync('g++', ['-O3', '-w', '-o', program, source, '-lQuantLib'], { stdio: 'ignore' });
    const answer: PeerTimes = JSON.parse(execFileSync(program, [input], { encoding: 'utf8' }));
    quantLib = answer;
  } catch (cause) {
    quantLib = `absent: needs g++ and libquantlib0-dev (${cause instanceof Error ? cause.message.slice(0, 60) : 'failed'})`;
  }
  const named = process.env['BENCH_IV_PEER'];
  if (named !== undefined) {
    const quotes = Float64Array.from({ length: 5 * ROWS }, (_, index) => {
      const i = Math.floor(index / 5);
      const side = contracts.call[i] === 1 ? 1 : -1;
      const cells = [undiscounted[i], forwards.forward[i], forwards.strike[i], forwards.years[i], side];
      return cells[index % 5] ?? 0;
    });
    const file = join(folder, 'quotes.bin');
    writeFileSync(file, quotes);
    const answer: { readonly nsPerRow: number } = JSON.parse(execFileSync(named, [file], { encoding: 'utf8' }));
    ivPeer = answer.nsPerRow;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const round = (value: number): number => Math.round(value * 100) / 100;
const peer = typeof quantLib === 'string' ? undefined : quantLib;
console.log(
  JSON.stringify(
    {
      subject: 'European options, structure of arrays, one thread, CPU time',
      n: ROWS,
      priceAndFiveGreeks: {
        nsPerRow: round(greeksTime.median),
        nsPerRowBest: round(greeksTime.best),
        millionsPerSecond: round(1_000 / greeksTime.median),
        goal: 'at least 10 M/s and 5x BlackCalculator',
        ratioToBlackCalculator: peer === undefined ? quantLib : round(peer.greeks / greeksTime.median),
        ratioOfBestRuns: peer === undefined ? quantLib : round(peer.greeksBest / greeksTime.best),
      },
      vannaVolgaCharm: { nsPerRow: round(higherTime.median), millionsPerSecond: round(1_000 / higherTime.median) },
      impliedVolatility: {
        nsPerRow: round(impliedTime.median),
        nsPerRowUndiscounted: round(blackTime.median),
        goal: "at least 1.5x the C++ Let's Be Rational",
        ratioToNamedPeer: typeof ivPeer === 'string' ? ivPeer : round(ivPeer / blackTime.median),
        ratioToQuantLibNewton: peer === undefined ? quantLib : round(peer.impliedVolatility / blackTime.median),
      },
      peer: quantLib,
    },
    null,
    2,
  ),
);
