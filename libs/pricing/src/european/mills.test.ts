import { expect, test } from 'vitest';
import { mills, millsSlope } from './mills.ts';

// mpmath 1.3.0 at 60 digits: z, Y(z) = Φ(z)/φ(z), Y'(z) = 1 + z Y(z).
test.each([
  [1, 3.4770518117036944, 4.477051811703695],
  [0.7, 2.4276278591711673, 2.699339501419817],
  [0.03125, 1.2851864310532601, 1.0401620759704144],
  [0, 1.2533141373155003, 1],
  [-0.4, 0.9356671113923768, 0.6257331554430493],
  [-1.03125, 0.6450696618588024, 0.33477191120811],
  [-2.7, 0.3326931666670028, 0.10172844999909235],
  [-5.3, 0.18257636243417058, 0.03234527909889595],
  [-13.01, 0.07641765388396235, 0.005806322969649844],
  [-25.5, 0.039155653768833176, 0.001530828894754034],
  [-39.99, 0.02499064408048857, 0.0006241432212620586],
  [-40.01, 0.02497816744428863, 0.0006235205540119716],
  [-75, 0.01333096422603816, 0.00017768304713808427],
  [-1e6, 9.99999999999e-7, 9.99999999997e-13],
])('Y(%d) and its slope have all their digits', (z, value, slope) => {
  expect(Math.abs(mills(z) / value - 1)).toBeLessThan(5e-16);
  expect(Math.abs(millsSlope(z) / slope - 1)).toBeLessThan(8e-16);
});

test('no seam shows between the nodes: the two forms obey Y = 1 + z Y up to rounding', () => {
  let worst = 0;
  for (let z = -60; z <= 1; z += 1 / 512) {
    const size = 1 + Math.abs(z) * mills(z);
    worst = Math.max(worst, Math.abs(millsSlope(z) - 1 - z * mills(z)) / size);
  }
  expect(worst).toBeLessThan(6e-16);
});
