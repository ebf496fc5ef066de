/**
 * How long a whole volatility surface takes: 30 expiries x 80 strikes, fitted with SVI and checked for arbitrage. The quotes are
 * made of a moving surface SVI plus noise of the size of a spread. Prints one JSON object; CPU time, median of `RUNS`.
 * There is no peer to compare with: QuantLib 1.29 has an SVI interpolation for one smile but neither the check nor a surface.
 */
import {
  type ExpirySmile,
  SurfaceFitter,
  butterflyMinimum,
  ssviAsSvi,
  ssviSlice,
  sviTotalVariance,
} from '@trading-agent/pricing';

const EXPIRIES = 30;
const STRIKES = 80;
const RUNS = 301;
const GOAL_MS = 3;

function noise(i: number): number {
  const x = Math.sin(i * 12.9898) * 43_758.545_3;
  return x - Math.floor(x) - 0.5;
}

function smiles(amount: number, eta: number): ExpirySmile[] {
  return Array.from({ length: EXPIRIES }, (_, j) => {
    const years = (7 + 24 * j) / 365;
    const forward = 580 * Math.exp(0.03 * years);
    const svi = ssviAsSvi(ssviSlice({ rho: -0.55 - 0.2 * Math.exp(-j), eta }, 0.03 * years + 0.0004));
    const width = 3 * Math.sqrt(sviTotalVariance(svi, 0));
    const strikes = Float64Array.from(
      { length: STRIKES },
      (__, i) => forward * Math.exp(width * (-1.4 + (2 * i) / STRIKES)),
    );
    const volatilities = strikes.map(
      (strike, i) =>
        Math.sqrt(sviTotalVariance(svi, Math.log(strike / forward)) / years) + amount * noise(i + 1000 * j),
    );
    const weights = strikes.map((_strike, i) => 1e4 / (1 + 0.02 * (i - 40) * (i - 40)));
    return { years, forward, strikes, volatilities, weights };
  });
}

function measure(input: readonly ExpirySmile[], repair: boolean): { ms: number; findings: number; error: number } {
  const fitter = new SurfaceFitter();
  const times: number[] = [];
  let last = fitter.fit(input, { repair });
  for (let run = 0; run < RUNS; run += 1) {
    const before = process.cpuUsage();
    last = fitter.fit(input, { repair });
    const used = process.cpuUsage(before);
    times.push((used.user + used.system) / 1000);
  }
  times.sort((one, other) => one - other);
  return {
    ms: times[RUNS >> 1] ?? 0,
    findings: last.findings.length,
    error: Math.max(...last.slices.map((slice) => slice.error)),
  };
}

const calm = measure(smiles(0.002, 0.9), true);
// Steep wings: the fits of noise break the conditions, and the repair runs.
const stressed = measure(smiles(0.02, 1.05), true);
const first = smiles(0.002, 0.9)[0];
const sample = first === undefined ? undefined : new SurfaceFitter().fit([first]).slices[0];
process.stdout.write(
  `${JSON.stringify({
    bench: 'surface',
    expiries: EXPIRIES,
    strikes: STRIKES,
    runs: RUNS,
    fitAndCheck: { ...calm, goalMs: GOAL_MS, met: calm.ms <= GOAL_MS },
    fitCheckAndRepair: stressed,
    lowestG: sample === undefined ? null : butterflyMinimum(sample.svi).value,
    peer: 'none',
  })}\n`,
);
