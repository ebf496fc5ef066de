import { expect, it } from 'vitest';
import type { EarlyExercise } from './context.ts';
import { EarlyExerciseGrid } from './early-exercise.ts';
import { StressGrid } from './stress-grid.ts';
import { HOUSE } from './testing/situation.ts';

it('adds the slopes of its premium to the greeks, and runs out in the time that is left', () => {
  // A paraboloid: its central differences are exact.
  const early: EarlyExercise = {
    premiums: (count, { spot }, volatility, out) => {
      for (let index = 0; index < count; index++) {
        const away = (spot[index] ?? Number.NaN) - 100;
        out[index] = 2 + 0.1 * away + 0.03 * away ** 2 - 4 * (volatility - 0.2);
      }
    },
  };
  const stress = new StressGrid(HOUSE.stress);
  const grid = new EarlyExerciseGrid(stress);
  grid.moveTo(100);
  const greeksOf = (years: number, size: number) => {
    const sum = { delta: 1, gamma: 1, vega: 1, theta: 1 };
    const shares = new Float64Array(stress.levelOf.length).fill(1);
    grid.add(early, 0.2, years, shares, new Float64Array(stress.values), size, sum);
    return sum;
  };
  const found = greeksOf(0.5, -300);
  expect(found.delta).toBeCloseTo(1 - 300 * 0.1, 9);
  expect(found.gamma).toBeCloseTo(1 - 300 * 0.06, 9);
  // For a point of volatility, and for a day.
  expect(found.vega).toBeCloseTo(1 + 300 * 0.04, 9);
  expect(found.theta).toBeCloseTo(1 + (300 * 2) / (365 * 0.5), 9);
  expect(greeksOf(0, 100).theta).toBe(1);
});
