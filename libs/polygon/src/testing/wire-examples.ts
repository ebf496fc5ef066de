/** A quote as it comes over the options stream. */
export const QUOTE = {
  ev: 'Q',
  sym: 'O:SPY241220P00720000',
  bx: 302,
  ax: 302,
  bp: 9.71,
  ap: 9.81,
  bs: 17,
  as: 24,
  t: 1644506128351,
  q: 844090872,
};
