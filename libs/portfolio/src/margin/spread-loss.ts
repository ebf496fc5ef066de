import type { Series } from './book.ts';
import type { SpreadMember } from './grouping-types.ts';

/** Where a spread loses most at its expiry. */
export interface SpreadLoss {
  /** Micro-dollars, never negative. */
  readonly most: number;
  /** The member at whose strike that is, of several the one where the contracts are worth least; `null` when it can't lose. */
  readonly at: Series | null;
}

/** Members by number, kept between calls: every element is written before it is read. */
let columns = room(64);

function room(size: number) {
  return { size, strike: new Float64Array(size), short: new Float64Array(size), call: new Uint8Array(size) };
}

/**
 * The maximum potential loss of a spread at any exercise price. Calls balance calls in it and puts puts, and no long is gone before a short, so that it
 * loses most at a strike while all of it stands: below the lowest and above the highest it is flat.
 */
export function spreadLoss(all: readonly Series[], members: readonly SpreadMember[]): SpreadLoss {
  const { length } = members;
  if (columns.size < length) columns = room(2 * length);
  const { strike, short, call } = columns;
  let size = 0;
  for (const { series, count } of members) {
    const one = all[series];
    if (one === undefined) continue;
    strike[size] = one.strike;
    short[size] = (one.quantity < 0 ? count : -count) * one.contract.multiplier;
    call[size] = one.contract.right === 'call' ? 1 : 0;
    size++;
  }
  let most = 0;
  let reach = Number.POSITIVE_INFINITY;
  let worst = -1;
  for (let at = 0; at < size; at++) {
    const spot = strike[at] ?? 0;
    let loss = 0;
    let highest = 0;
    for (let index = 0; index < size; index++) {
      const beyond = spot - (strike[index] ?? 0);
      const paid = call[index] === 1 ? beyond : -beyond;
      if (paid <= 0) continue;
      loss += (short[index] ?? 0) * paid;
      if (paid > highest) highest = paid;
    }
    if (loss > most || (loss === most && loss > 0 && highest < reach)) {
      most = loss;
      reach = highest;
      worst = at;
    }
  }
  return { most, at: worst < 0 ? null : (all[members[worst]?.series ?? -1] ?? null) };
}
