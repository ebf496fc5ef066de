import type { HeldOption } from './terms.ts';

/** What traders call a spread; `spread` when its legs make none of the known shapes. */
export type SpreadName =
  | 'vertical'
  | 'calendar'
  | 'diagonal'
  | 'butterfly'
  | 'condor'
  | 'iron-condor'
  | 'iron-butterfly'
  | 'box'
  | 'spread';

/** The name of a spread by its shape; whether it is long or short is told by its legs. */
export function spreadName(legs: readonly HeldOption[]): SpreadName {
  const sorted = [...legs].sort((a, b) => a.contract.strike - b.contract.strike);
  const rights = new Set(sorted.map(({ contract }) => contract.right));
  const expiries = new Set(sorted.map(({ contract }) => contract.expiry));
  const [first, second, third, fourth] = sorted;
  if (first === undefined || second === undefined) return 'spread';
  const equal = sorted.every(({ quantity }) => Math.abs(quantity) === Math.abs(first.quantity));
  if (sorted.length === 2 && rights.size === 1) {
    if (expiries.size === 1) return 'vertical';
    return first.contract.strike === second.contract.strike ? 'calendar' : 'diagonal';
  }
  if (expiries.size !== 1 || third === undefined) return 'spread';
  if (sorted.length === 3 && rights.size === 1) {
    const wings = first.quantity === third.quantity && second.quantity === -2 * first.quantity;
    return wings ? 'butterfly' : 'spread';
  }
  if (sorted.length !== 4 || fourth === undefined || !equal) return 'spread';
  const outer = Math.sign(first.quantity) === Math.sign(fourth.quantity);
  if (rights.size === 1) return outer ? 'condor' : 'spread';
  const strikes = new Set(sorted.map(({ contract }) => contract.strike)).size;
  if (strikes === 2) return 'box';
  const puts = sorted.filter(({ contract }) => contract.right === 'put');
  const lowerArePuts = puts.length === 2 && puts.every(({ contract }) => contract.strike <= second.contract.strike);
  if (!outer || !lowerArePuts) return 'spread';
  return strikes === 3 ? 'iron-butterfly' : 'iron-condor';
}
