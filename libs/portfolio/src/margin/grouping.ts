import { type Usd, usdFromMicros } from '@trading-agent/core';
import type { Series, UnderlyingBook } from './book.ts';
import { isProvenCheapest } from './certificate.ts';
import { greedyGrouping } from './greedy-grouping.ts';
import type { Grouping } from './grouping-types.ts';
import { type IntegerProgramme, type IntegerSolution, type Row, solveInteger } from './integer-programme.ts';
import { type Requirement, stockRequirement } from './formulas.ts';
import type { MarginMarket, MarginTerms } from './terms.ts';
import { spreadLoss } from './spread-loss.ts';
import { addedBy, type Use, usesOf } from './uses.ts';

/**
 * Members of a spread: shorts that end at or before `end` with longs that end at or after it, so that no long is gone before a short. FINRA Rule
 * 4210(f)(2)(A) "spread" (Notice 12-44): same underlying, the long and the short aggregate value equal within calls and within puts, the short
 * options expire on or before the long ones.
 */
interface Pool {
  readonly end: number;
  readonly multiplier: number;
  readonly members: readonly number[];
}

/** Cells of the tableau that the pivots of one grouping may touch: a bound on time (tens of milliseconds, see tools/bench/risk/grouping.ts) that does not depend on a clock. */
const MAX_WORK = 20_000_000;

/** The grouping of the contracts of one underlying whose requirement is the smallest that the rules allow. */
export function cheapestGrouping(
  { series: all, shares }: UnderlyingBook,
  spot: number | null,
  market: MarginMarket,
  terms: MarginTerms,
  objective: keyof Requirement,
): Grouping {
  const uses = usesOf(all, spot, shares, market, terms);
  const greedy = greedyGrouping(all, uses, shares, terms);
  if (uses.every((use) => use.shares === 0) && isProvenCheapest(all, uses, greedy)) return { ...greedy, proven: true };
  const pools = poolsOf(all, terms);
  const added = (use: Use): number => addedBy(use, objective, spot, terms);
  const model = programmeOf(all, uses, pools, shares, added);
  const { rows, costs } = model.programme;
  const size = (rows.length + 1) * Math.max(1, costs.length - all.length);
  const known = costOf(all, greedy, added) / 1e6;
  const step = greedy.uncovered.length > 0 ? 0 : stepOf(all, uses, added) / 1e6;
  const first = { values: valuesOf(all, uses, pools, model, greedy), cost: known, step };
  const solution = solveInteger(model.programme, Math.floor(MAX_WORK / size), first);
  if (solution === null) return greedy;
  return solution.cost < known ? groupingOf(uses, model, solution) : { ...greedy, proven: solution.proven };
}

/** The values of the programme's variables that a grouping is. */
function valuesOf(
  all: readonly Series[],
  uses: readonly Use[],
  pools: readonly Pool[],
  model: Model,
  { uses: taken, spreads, uncovered }: Grouping,
): readonly number[] {
  const values = model.programme.costs.map(() => 0);
  for (const { use, count } of taken) values[uses.indexOf(use)] = count;
  for (const members of spreads) {
    const shorts = members.flatMap(({ series }) => {
      const one = all[series];
      return one !== undefined && one.quantity < 0 ? [one] : [];
    });
    const end = Math.max(...shorts.map((one) => one.end));
    const multiplier = shorts[0]?.contract.multiplier;
    const at = pools.findIndex((pool) => pool.end === end && pool.multiplier === multiplier);
    const place = model.places[at];
    if (place === undefined) continue;
    values[place.requirement] = (values[place.requirement] ?? 0) + spreadLoss(all, members).most / 1e6;
    for (const { series, count } of members) {
      const variable = place.members.find((member) => member.series === series)?.variable;
      if (variable !== undefined) values[variable] = (values[variable] ?? 0) + count;
    }
  }
  for (const { series, count } of uncovered) {
    const variable = model.stranded.find((one) => one.series === series)?.variable;
    if (variable !== undefined) values[variable] = count;
  }
  return values;
}

/** Micro-dollars of which the cost of every grouping is a multiple: spreads lose differences of strikes, uses what they cost. */
function stepOf(all: readonly Series[], uses: readonly Use[], added: (use: Use) => number): number {
  let step = 0;
  const [first] = all;
  for (const { strike, contract } of all)
    step = commonDivisor(step, Math.abs(strike - (first?.strike ?? 0)) * contract.multiplier);
  for (const use of uses) step = commonDivisor(step, Math.abs(added(use)));
  return step;
}

function commonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

function groupingOf(uses: readonly Use[], model: Model, solution: IntegerSolution): Grouping {
  const count = (variable: number): number => solution.values[variable] ?? 0;
  return {
    uses: uses.map((use, index) => ({ use, count: count(index) })).filter((taken) => taken.count > 0),
    spreads: model.places
      .map(({ members }) =>
        members
          .map(({ series, variable }) => ({ series, count: count(variable) }))
          .filter((member) => member.count > 0),
      )
      .filter((members) => members.length > 0),
    uncovered: model.stranded
      .map(({ series, variable }) => ({ series, count: count(variable) }))
      .filter((member) => member.count > 0),
    proven: solution.proven,
  };
}

/** Micro-dollars beyond what the stock requires by itself; what can't be held costs more than anything. */
function costOf(all: readonly Series[], { uses, spreads, uncovered }: Grouping, added: (use: Use) => number): number {
  if (uncovered.length > 0) return Number.POSITIVE_INFINITY;
  let cost = 0;
  for (const { use, count } of uses) cost += added(use) * count;
  for (const members of spreads) cost += spreadLoss(all, members).most;
  return cost;
}

/** What a grouping requires, to the micro-dollar: its uses, its spreads and the shares that none of them binds. */
export function requirementOf(
  { series: all, shares }: UnderlyingBook,
  { uses, spreads }: Grouping,
  spot: number | null,
  terms: MarginTerms,
  objective: keyof Requirement,
): Usd {
  let total = 0;
  let free = shares;
  for (const { use, count } of uses) {
    total += use.requirement[objective] * count;
    free -= use.shares * count;
  }
  for (const members of spreads) total += spreadLoss(all, members).most;
  if (free !== 0) total += stockRequirement(spot ?? 0, free, terms)[objective];
  return usdFromMicros(total);
}

function poolsOf(all: readonly Series[], terms: MarginTerms): readonly Pool[] {
  const pools = new Map<string, Pool>();
  for (const { contract, quantity, end } of all) {
    const key = `${end} ${contract.multiplier}`;
    if (quantity > 0 || contract.adjusted || pools.has(key)) continue;
    const members = [...all.entries()]
      .filter(([, other]) => mayJoin(other, end, contract.multiplier, terms))
      .map(([index]) => index);
    pools.set(key, { end, multiplier: contract.multiplier, members });
  }
  return [...pools.values()];
}

function mayJoin(
  { contract, quantity, end: own }: Series,
  end: number,
  multiplier: number,
  terms: MarginTerms,
): boolean {
  if (contract.adjusted || contract.multiplier !== multiplier) return false;
  // Cboe margin manual, "Put Spread or Call Spread (cash account)": European, cash-settled, of one expiry.
  if (terms.account === 'cash') return own === end && contract.style === 'european' && contract.settlement === 'cash';
  return quantity < 0 ? own <= end : own >= end;
}

interface Place {
  readonly series: number;
  readonly variable: number;
}

interface Model {
  readonly programme: IntegerProgramme;
  /** Per pool, the variables that count its members, and that of its requirement. */
  readonly places: readonly { readonly members: readonly Place[]; readonly requirement: number }[];
  /** Variables that count shorts without any cover. */
  readonly stranded: readonly Place[];
}

/** Variables: uses, then per pool its members and its requirement, then per short what stays without cover. Costs in dollars. */
function programmeOf(
  all: readonly Series[],
  uses: readonly Use[],
  pools: readonly Pool[],
  shares: number,
  added: (use: Use) => number,
): Model {
  const costs: number[] = uses.map((use) => added(use) / 1e6);
  const whole: boolean[] = uses.map(() => true);
  const variable = (cost: number, isWhole: boolean): number => {
    costs.push(cost);
    whole.push(isWhole);
    return costs.length - 1;
  };
  const rows: Row[] = [];
  const taken: [number, number][][] = all.map(() => []);
  for (const [index, { series }] of uses.entries()) for (const one of series) taken[one]?.push([index, 1]);

  const places = pools.map((pool) => {
    const members = pool.members.map((series) => ({ series, variable: variable(0, true) }));
    for (const { series, variable: member } of members) taken[series]?.push([member, 1]);
    const requirement = variable(1, false);
    rows.push(...poolRows(all, members, pool.multiplier, requirement));
    return { members, requirement };
  });
  const bound = uses.flatMap(({ shares: used }, index) => (used === 0 ? [] : [[index, Math.abs(used)] as const]));
  if (bound.length > 0) {
    const lot = bound.reduce((lots, [, used]) => commonDivisor(lots, used), 0);
    rows.push({ terms: bound, right: Math.floor(Math.abs(shares) / lot) * lot });
  }

  const penalty = 1 + 2 * all.reduce((sum, { contract, quantity }) => sum + worth(contract) * Math.abs(quantity), 0);
  const stranded: Place[] = [];
  for (const [series, { quantity }] of all.entries()) {
    const terms = taken[series] ?? [];
    let start = uses.findIndex((use) => use.strategy === 'long-option' && use.series[0] === series);
    if (quantity < 0) {
      start = variable(penalty, true);
      stranded.push({ series, variable: start });
      terms.push([start, 1]);
    }
    rows.push({ terms, right: Math.abs(quantity), start });
  }
  return { programme: { costs, whole, rows }, places, stranded };
}

function worth({ strike, multiplier }: Series['contract']): number {
  return strike * multiplier;
}

/**
 * Calls balance calls and puts balance puts, and the requirement is at least the loss at every strike: balanced spreads are flat beyond the lowest
 * and the highest. FINRA Rule 4210(f)(2)(H)(i)b: the maximum potential loss, theoretical gains and losses at each exercise price.
 */
function poolRows(all: readonly Series[], members: readonly Place[], multiplier: number, requirement: number): Row[] {
  const rows: Row[] = [];
  const sold = (series: number): number => ((all[series]?.quantity ?? 0) < 0 ? 1 : -1);
  for (const right of ['call', 'put'] as const) {
    const balance = members
      .filter(({ series }) => all[series]?.contract.right === right)
      .map(({ series, variable }) => [variable, sold(series)] as const);
    if (balance.length > 0) rows.push({ terms: balance, right: 0, balanced: true });
  }
  // Where a long is added the loss begins to fall, nowhere else: it is greatest at the strike of one.
  const bought = members.filter(({ series }) => sold(series) < 0);
  for (const spot of new Set(bought.map(({ series }) => all[series]?.contract.strike ?? 0))) {
    const terms: [number, number][] = [[requirement, -1]];
    for (const { series, variable } of members) {
      const owed = intrinsic(all[series], spot) * multiplier * sold(series);
      if (owed !== 0) terms.push([variable, owed]);
    }
    if (terms.length > 1) rows.push({ terms, right: 0 });
  }
  return rows;
}

function intrinsic(series: Series | undefined, spot: number): number {
  if (series === undefined) return 0;
  const beyond = spot - series.contract.strike;
  return Math.max(0, series.contract.right === 'call' ? beyond : -beyond);
}
