/**
 * How orders that are not marketable may still fill. Marketable ones always fill at the natural price (buy at the ask, sell at the bid), whole
 * packages, within the displayed size, which is used up until the next row: no improvement is given to them.
 *
 * Inside the spread: a limit order whose net lies between the mid and the natural net concedes a share of the half spread: 0 at the mid,
 * 1 at the natural price. Below `leastConcession` it never fills this way. Above, a counterparty turns up at random, on average after
 * `meanSeconds` at a concession of 1 and in proportion later the less is conceded; the whole package then fills at its limit. Both numbers
 * are by leg count: more legs need a larger concession and wait longer.
 *
 * Resting in the queue (single legs): an order that joins the best price stands behind the size displayed there. Prints at its price use up
 * what stands ahead before they fill it, a print beyond its price fills it, and what stands ahead is never more than what is displayed.
 * An order that improves the best price has nobody ahead.
 */
export interface FillModel {
  /** Per leg count from 1 to 4; `null`: never inside the spread. */
  readonly inside: readonly InsideFills[] | null;
  /** Whether single legs fill from the queue. */
  readonly queue: boolean;
}

export interface InsideFills {
  /** Share of the half spread, 0 to 1. */
  readonly leastConcession: number;
  readonly meanSeconds: number;
}

/** Only what crosses the spread fills. */
export const TOUCH_ONLY: FillModel = { inside: null, queue: false };

/**
 * The exchange's default. Assumptions on the careful side: studies of effective option spreads find that the average trade concedes
 * well below the quoted half spread (Muravyev and Pearson 2020, "Options trading costs are lower than you think": about 40 % of it for
 * traders who time their orders), so half and more of it is asked here.
 */
export const CAREFUL: FillModel = {
  inside: [
    { leastConcession: 0.5, meanSeconds: 30 },
    { leastConcession: 0.5, meanSeconds: 60 },
    { leastConcession: 0.6, meanSeconds: 90 },
    { leastConcession: 0.6, meanSeconds: 120 },
  ],
  queue: true,
};

/** The chance that somebody trades inside the spread within `seconds` with an order that concedes `concession` of the half spread. */
export function insideChance(
  { leastConcession, meanSeconds }: InsideFills,
  concession: number,
  seconds: number,
): number {
  if (concession < leastConcession) return 0;
  const rate = (concession - leastConcession) / (1 - leastConcession) / meanSeconds;
  return 1 - Math.exp(-rate * seconds);
}
