import type { Settings } from './settings.ts';

/** Least expected return at which a structure is opened: below zero with paper money alone, whatever else there is loses what is real. */
export function leastReturnInForce({ account, tiers }: Settings): number {
  const { leastReturn } = tiers.sizing;
  return account.mode === 'paper' ? leastReturn : Math.max(0, leastReturn);
}

/** Settings that another one overrules, in words; the user has asked for something else than what happens. */
export function overruled(settings: Settings): readonly string[] {
  const { leastReturn } = settings.tiers.sizing;
  const used = leastReturnInForce(settings);
  return used === leastReturn
    ? []
    : [
        `sizing.leastReturn is ${leastReturn}, live trading uses ${used}: nothing is opened that is not expected to gain. A model without an edge opens nothing.`,
      ];
}
