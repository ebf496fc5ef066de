import { expect, it } from 'vitest';
import { wheelAllows } from './wheel.ts';

it('the wheel sells puts while there are no shares for a call, and calls while there are', () => {
  expect([0, 99, 100, 250].map((shares) => wheelAllows('cash-secured-put', shares))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([0, 99, 100, 250].map((shares) => wheelAllows('covered-call', shares))).toEqual([false, false, true, true]);
  expect([0, 250].map((shares) => wheelAllows('collar', shares))).toEqual([true, true]);
});
