import type { StrategyName } from '@trading-agent/config';

/**
 * The wheel: a cash-secured put brings shares when it is assigned, a covered call takes them away again when they are called. Where it stands is what
 * the account holds: while shares are there no further put is sold, while none are no call.
 * @param shares that cover nothing yet
 */
export function wheelAllows(strategy: StrategyName, shares: number): boolean {
  if (strategy === 'cash-secured-put') return shares < 100;
  return strategy === 'covered-call' ? shares >= 100 : true;
}
