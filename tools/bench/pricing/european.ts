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
import { ResidentPeer, takeTurns, type Turns } from './turns.ts';

const ROWS = 65_536;
const RUNS = 31;
const PASSES = 5;
/** Turns with a resident peer, of some 10 to 30 ms on each side. */
const TURNS = 61;
const WARM_UP = 5;
/** Turns with the named peer, which is started for each of its slices. */
const NAMED_TURNS = 9;
/** Its slices are longer: so are ours beside them. */
const NAMED_PASSES = 40;

/** Numbers in [0, 1), the same in every run: G. Marsaglia, "Xorshift RNGs" (2003). */
let state = 20_251_124;
function next(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

/** CPU nanoseconds per row of some passes in a row. */
function slice(pass: () => void, passes = PASSES): number {
  const start = process.cpuUsage();
  for (let index = 0; index < passes; index += 1) pass();
  const used = process.cpuUsage(start);
  return ((used.user + used.system) * 1_000) / (passes * ROWS);
}

/** Median CPU nanoseconds per row. */
function nanoseconds(pass: () => void): number {
  for (let warm = 0; warm < 20; warm += 1) pass();
  return Array.from({ length: RUNS }, () => slice(pass)).toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
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
const greeksPass = (): void => priceColumns(ROWS, contracts, volatility, greeks);
const greeksTime = nanoseconds(greeksPass);
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
const blackPass = (): void => impliedBlackVolatilityColumns(ROWS, forwards, undiscounted, found);
const blackTime = nanoseconds(blackPass);

/** A file of doubles, row after row. */
function writeRows(file: string, columns: readonly ArrayLike<number>[]): void {
  const rows = Array.from({ length: ROWS }, (_, i) => columns.map((cells) => cells[i] ?? 0));
  writeFileSync(file, Float64Array.from(rows.flat()));
}

const side = Float64Array.from(contracts.call, (call) => (call === 1 ? 1 : -1));
const { spot, strike, years, rate, yield: yields } = contracts;

async function besideQuantLib(folder: string): Promise<{ readonly greeks: Turns; readonly implied: Turns } | string> {
  const program = join(folder, 'peer');
  const source = fileURLToPath(new URL('european-peer.cpp', import.meta.url));
  try {
    execFileSync('g++', ['-O3', '-w', '-o', program, source, '-lQuantLib'], { stdio: 'ignore' });
  } catch (cause) {
    return `absent: needs g++ and libquantlib0-dev (${cause instanceof Error ? cause.message.slice(0, 60) : 'failed'})`;
  }
  const file = join(folder, 'rows.bin');
  writeRows(file, [spot, strike, years, rate, yields, volatility, side, undiscounted]);
  const peer = new ResidentPeer(program, file);
  try {
    return {
      greeks: await takeTurns(
        TURNS,
        WARM_UP,
        () => slice(greeksPass),
        () => peer.slice('greeks'),
      ),
      implied: await takeTurns(
        TURNS,
        WARM_UP,
        () => slice(blackPass),
        () => peer.slice('implied'),
      ),
    };
  } finally {
    peer.close();
  }
}

async function besideNamed(folder: string): Promise<Turns | string> {
  const named = process.env['BENCH_IV_PEER'];
  if (named === undefined) return 'absent: BENCH_IV_PEER names none';
  const file = join(folder, 'quotes.bin');
  writeRows(file, [undiscounted, forwards.forward, strike, years, side]);
  return takeTurns(
    NAMED_TURNS,
    1,
    () => slice(blackPass, NAMED_PASSES),
    () => {
      const answer: { readonly nsPerRow: number } = JSON.parse(execFileSync(named, [file], { encoding: 'utf8' }));
      return answer.nsPerRow;
    },
  );
}

const folder = mkdtempSync(join(tmpdir(), 'bench-european-'));
let quantLib: Awaited<ReturnType<typeof besideQuantLib>>;
let ivPeer: Turns | string;
try {
  quantLib = await besideQuantLib(folder);
  ivPeer = await besideNamed(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const round = (value: number): number => Math.round(value * 100) / 100;
/** The ratio with its quartiles, and the nanoseconds of both sides that it comes from. */
function told(turns: Turns | string): unknown {
  if (typeof turns === 'string') return turns;
  const { ours, theirs, ratio } = turns;
  return {
    median: round(ratio.median),
    quartiles: ratio.quartiles.map(round),
    ofBestSlices: round(theirs.best / ours.best),
    ours: { median: round(ours.median), best: round(ours.best) },
    peer: { median: round(theirs.median), best: round(theirs.best) },
  };
}
console.log(
  JSON.stringify(
    {
      subject: 'European options, structure of arrays, one thread, CPU time; ratios: by turns with the peer',
      n: ROWS,
      priceAndFiveGreeks: {
        nsPerRow: round(greeksTime),
        millionsPerSecond: round(1_000 / greeksTime),
        goal: 'at least 10 M/s and 5x BlackCalculator',
        ratioToBlackCalculator: told(typeof quantLib === 'string' ? quantLib : quantLib.greeks),
      },
      vannaVolgaCharm: { nsPerRow: round(higherTime), millionsPerSecond: round(1_000 / higherTime) },
      impliedVolatility: {
        nsPerRow: round(impliedTime),
        nsPerRowUndiscounted: round(blackTime),
        goal: "at least 1.5x the C++ Let's Be Rational",
        ratioToNamedPeer: told(ivPeer),
        ratioToQuantLibNewton: told(typeof quantLib === 'string' ? quantLib : quantLib.implied),
      },
    },
    null,
    2,
  ),
);
