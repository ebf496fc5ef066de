import { expect, it } from 'vitest';
import { wheelAllows } from './wheel.ts';

it('the wheel sells puts while there are no shares for a call, and calls while there are', () => {
  const allows = (strategy: string) => (shares: number) => wheelAllows(strategy, { held: shares, free: shares });
  expect([0, 99, 100, 250].map(allows('cash-secured-put'))).toEqual([true, true, false, false]);
  expect([0, 99, 100, 250].map(allows('covered-call'))).toEqual([false, false, true, true]);
  expect([0, 250].map(allows('collar'))).toEqual([true, true]);
});

it('sells no put beside shares that a call stands on', () => {
  expect(wheelAllows('cash-secured-put', { held: 100, free: 0 })).toBe(false);
  expect(wheelAllows('covered-call', { held: 100, free: 0 })).toBe(false);
});
