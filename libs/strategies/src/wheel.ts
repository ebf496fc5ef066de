import type { StrategyName } from '@trading-agent/config';

/**
 * The wheel: a cash-secured put brings shares when it is assigned, a covered call takes them away again when they are called. Where it stands is what
 * the account holds: while shares are there no further put is sold, whether a call stands on them or not; while none are free no call.
 * @param shares of the agent's own, and those of them that cover nothing yet
 */
export function wheelAllows(
  strategy: StrategyName,
  { held, free }: { readonly held: number; readonly free: number },
): boolean {
  if (strategy === 'cash-secured-put') return held < 100;
  return strategy === 'covered-call' ? free >= 100 : true;
}
