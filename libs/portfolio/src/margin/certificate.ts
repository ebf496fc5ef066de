import type { Series } from './book.ts';
import type { Grouping } from './grouping-types.ts';
import { spreadLoss } from './spread-loss.ts';
import type { Use } from './uses.ts';

/** A set of spreads that end together, with the strike at which they lose most. */
interface Pool {
  readonly end: number;
  readonly multiplier: number;
  readonly worst: number;
  /** 1 when they lose there, 0 when they can't lose. */
  readonly weight: number;
}

/** `to >= from + least`, on the prices of balance. */
interface Difference {
  readonly from: number;
  readonly to: number;
  readonly least: number;
}

/**
 * Proves that a grouping of nothing but spreads and held longs is the cheapest, without a search: by the dual of the linear programme that the
 * search would solve. Each spread's requirement is its loss at one strike; if prices of the balance between long and short (one per set of
 * spreads and right) exist at which no contract would rather be elsewhere, no other grouping is cheaper (weak duality). Those prices only have to
 * keep differences, which a shortest-path pass (Bellman-Ford) settles.
 * @returns false when it found no proof, which says nothing
 */
export function isProvenCheapest(all: readonly Series[], uses: readonly Use[], grouping: Grouping): boolean {
  const placed = placesOf(all, grouping);
  if (placed === null) return false;
  const { pools, poolOf } = placed;
  const least = leastCosts(all, uses);
  const value = (pool: Pool, index: number): number => pool.weight * payoff(all[index], pool.worst) * pool.multiplier;
  const node = (pool: number, right: 'call' | 'put'): number => 2 * pool + (right === 'call' ? 0 : 1);
  const prices = new Float64Array(2 * pools.length).fill(Number.NEGATIVE_INFINITY);
  const highest = new Float64Array(2 * pools.length).fill(Number.POSITIVE_INFINITY);
  const differences: Difference[] = [];
  for (let index = 0; index < all.length; index++) {
    const series = all[index];
    if (series === undefined) continue;
    const { contract, quantity, end } = series;
    const own = poolOf[index];
    const home = own === undefined ? undefined : pools[own];
    const atHome = home === undefined ? 0 : value(home, index);
    for (let position = 0; position < pools.length; position++) {
      const pool = pools[position];
      if (pool === undefined) continue;
      if (contract.multiplier !== pool.multiplier) continue;
      const at = node(position, contract.right);
      const here = value(pool, index);
      if (position === own) {
        // A short must not be cheaper by itself, a long not cost anything.
        if (quantity < 0) highest[at] = Math.min(highest[at] ?? 0, (least[index] ?? 0) - here);
        else prices[at] = Math.max(prices[at] ?? 0, -here);
        continue;
      }
      const may = quantity < 0 ? end <= pool.end : end >= pool.end;
      if (!may) continue;
      if (home === undefined || own === undefined) {
        // A long that is only held must not be wanted here.
        highest[at] = Math.min(highest[at] ?? 0, -here);
      } else if (quantity < 0) {
        differences.push({ from: node(own, contract.right), to: at, least: atHome - here });
      } else {
        differences.push({ from: at, to: node(own, contract.right), least: here - atHome });
      }
    }
  }
  return settle(prices, differences) && prices.every((price, index) => price <= (highest[index] ?? 0) + 1e-9);
}

/** Raises the prices until all differences are kept; false when they chase each other for ever. */
function settle(prices: Float64Array, differences: readonly Difference[]): boolean {
  for (let pass = 0; pass <= prices.length; pass++) {
    let changed = false;
    for (const { from, to, least } of differences) {
      const wanted = (prices[from] ?? 0) + least;
      if (wanted > (prices[to] ?? 0) + 1e-9) {
        prices[to] = wanted;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

/** The pools and, per series, the one it stands in (`undefined`: only held); `null` when a series is split, or margined in another way. */
function placesOf(
  all: readonly Series[],
  grouping: Grouping,
): { readonly pools: readonly Pool[]; readonly poolOf: readonly (number | undefined)[] } | null {
  if (grouping.uncovered.length > 0 || grouping.uses.some(({ use }) => use.strategy !== 'long-option')) return null;
  const poolOf: (number | undefined)[] = all.map(() => undefined);
  const pools: Pool[] = [];
  for (const members of grouping.spreads) {
    let end = 0;
    let multiplier = 0;
    for (const { series, count } of members) {
      const one = all[series];
      if (one === undefined || poolOf[series] !== undefined) return null;
      // A long that is partly held: the part that is held tells the price of the rest.
      if (count !== Math.abs(one.quantity)) return null;
      poolOf[series] = pools.length;
      multiplier = one.contract.multiplier;
      if (one.quantity < 0) end = Math.max(end, one.end);
    }
    const { at } = spreadLoss(all, members);
    pools.push({ end, multiplier, worst: at?.contract.strike ?? 0, weight: at === null ? 0 : 1 });
  }
  return { pools, poolOf };
}

/** Dollars that a short costs at least outside of spreads; half of a pair's share of what is beyond the market values. */
function leastCosts(all: readonly Series[], uses: readonly Use[]): readonly number[] {
  const least = all.map(() => Number.POSITIVE_INFINITY);
  for (const { series, requirement } of uses) {
    for (const index of series) {
      if ((all[index]?.quantity ?? 0) > 0) continue;
      // A pair is split evenly: whatever the two are worth elsewhere, together they can't be worth more.
      const cost = requirement.initial / 1e6 / series.length;
      least[index] = Math.min(least[index] ?? cost, cost);
    }
  }
  return least;
}

function payoff(series: Series | undefined, spot: number): number {
  if (series === undefined) return 0;
  const beyond = spot - series.contract.strike;
  return Math.max(0, series.contract.right === 'call' ? beyond : -beyond);
}
