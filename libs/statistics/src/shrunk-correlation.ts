import { TradingError } from '@trading-agent/core';
import { mean } from './mean.ts';

/** Correlations of several series, pulled towards their common mean. */
export interface ShrunkCorrelation {
  /** `matrix[i][j]` in [-1, 1]; NaN where a series does not vary. */
  readonly matrix: readonly (readonly number[])[];
  /** Weight of the mean correlation in [0, 1]. */
  readonly intensity: number;
}

/**
 * Shrinkage of the sample correlations towards constant correlation, with the intensity that minimises the expected error: O. Ledoit and M. Wolf,
 * "Honey, I Shrunk the Sample Covariance Matrix" (2004), Appendix B. With few observations per pair a high sample correlation is mostly luck,
 * and so is a low one. Variances stay as they are, so shrinking the covariances shrinks the correlations alike. Two series are their own mean:
 * nothing changes.
 * @param series one array of observations per series, all of one length
 * @throws {TradingError} `INVALID_VALUE` for different lengths.
 */
export function shrunkCorrelation(series: readonly (readonly number[])[]): ShrunkCorrelation {
  const count = series[0]?.length ?? 0;
  if (series.some(({ length }) => length !== count)) {
    throw new TradingError(
      'INVALID_VALUE',
      `Expected series of equal length, were ${series.map(({ length }) => length).join(', ')}`,
    );
  }
  const centred = series.map((values) => {
    const middle = count === 0 ? 0 : mean(values);
    return values.map((value) => value - middle);
  });
  const moments = centred.map((a) => centred.map((b) => averageOf(count, (t) => (a[t] ?? 0) * (b[t] ?? 0))));
  const at = (i: number, j: number): number => moments[i]?.[j] ?? Number.NaN;
  const deviation = moments.map((_, i) => Math.sqrt(at(i, i)));
  const sample = moments.map((row, i) =>
    row.map((value, j) => (i === j ? unit(at(i, i)) : clamp(value / ((deviation[i] ?? 0) * (deviation[j] ?? 0))))),
  );
  const pairs = sample.flatMap((row, i) => row.filter((value, j) => j !== i && Number.isFinite(value)));
  const average = pairs.length === 0 ? 0 : mean(pairs);

  let spread = 0;
  let common = 0;
  let distance = 0;
  for (const [i, a] of centred.entries()) {
    for (const [j, b] of centred.entries()) {
      const noise = averageOf(count, (t) => ((a[t] ?? 0) * (b[t] ?? 0) - at(i, j)) ** 2);
      spread += noise;
      if (i === j) {
        common += noise;
        continue;
      }
      const target = average * (deviation[i] ?? 0) * (deviation[j] ?? 0);
      distance += (at(i, j) - target) ** 2;
      const cross = (x: readonly number[], variance: number): number =>
        averageOf(count, (t) => ((x[t] ?? 0) ** 2 - variance) * ((a[t] ?? 0) * (b[t] ?? 0) - at(i, j)));
      const ratio = (deviation[j] ?? 0) / (deviation[i] ?? 0);
      common += (average / 2) * (ratio * cross(a, at(i, i)) + cross(b, at(j, j)) / ratio);
    }
  }
  const optimal = (spread - common) / distance / count;
  // Without any distance to the target there is nothing to shrink.
  const intensity = distance > 0 && Number.isFinite(optimal) ? Math.min(1, Math.max(0, optimal)) : 0;
  const matrix = sample.map((row, i) =>
    row.map((value, j) => (i === j ? value : intensity * average + (1 - intensity) * value)),
  );
  return { matrix, intensity };
}

function averageOf(count: number, value: (index: number) => number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += value(index);
  return sum / count;
}

function unit(variance: number): number {
  return variance > 0 ? 1 : Number.NaN;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
