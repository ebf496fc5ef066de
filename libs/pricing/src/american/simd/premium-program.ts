import type { Pair, Word } from '../../simd/pair-code.ts';
import { type Column, kernel } from './kernel-memory.ts';
import {
  columns,
  LANES,
  MOST_TERMS,
  nodes,
  PLACE,
  places,
  RESULT,
  results,
  series,
  WORDS,
  words,
} from './premium-memory.ts';
import { type Terms, VectorFunctions } from './vector-functions.ts';

/** Steps of the early exercise premium, two quadrature points at a time, over the columns above. Plain arithmetic: the same bits on every machine. */
export interface PremiumProgram {
  /** Discounting at the points, of an option. */
  readonly terms: () => void;
  /** The boundary at the points from that at the nodes; with its derivatives. */
  readonly spread: () => void;
  readonly spreadGreeks: () => void;
  /** By an even number of terms: the boundary at the points from its series in volatility; then its derivatives. */
  readonly series: (terms: number) => SeriesProgram;
  /** The integral at a spot, by quadrature alone and with the closed form taken out; with derivatives. */
  readonly price: () => void;
  readonly priceNear: () => void;
  readonly greeks: () => void;
  readonly greeksNear: () => void;
}

export interface SeriesProgram {
  readonly load: () => void;
  readonly loadGreeks: () => void;
}

const programs = new Map<Terms, PremiumProgram>();

export function premiumProgram(accuracy: Terms): PremiumProgram {
  const known = programs.get(accuracy);
  if (known !== undefined) return known;
  const made = (body: (k: Assembly) => void): (() => void) =>
    kernel((w) => {
      body(new Assembly(w, accuracy));
    });
  const bySeries = new Map<number, SeriesProgram>();
  const program: PremiumProgram = {
    terms: made(terms),
    spread: made((k) => {
      spread(k, false);
    }),
    spreadGreeks: made((k) => {
      spread(k, true);
    }),
    series(count) {
      let one = bySeries.get(count);
      if (one === undefined) {
        one = {
          load: made((k) => {
            load(k, count);
          }),
          loadGreeks: made((k) => {
            loadGreeks(k, count);
          }),
        };
        bySeries.set(count, one);
      }
      return one;
    },
    price: made((k) => {
      price(k, false);
    }),
    priceNear: made((k) => {
      price(k, true);
    }),
    greeks: made((k) => {
      greeks(k, false);
    }),
    greeksNear: made((k) => {
      greeks(k, true);
    }),
  };
  programs.set(accuracy, program);
  return program;
}

class Assembly extends VectorFunctions {
  place(name: keyof typeof PLACE): Pair {
    return this.w.keep(this.w.splat(this.w.origin, places.at + 8 * PLACE[name]));
  }

  lanes(name: keyof typeof LANES): Pair {
    return this.w.keep(this.w.load(this.w.origin, places.at + 8 * LANES[name]));
  }

  word(name: keyof typeof WORDS): Word {
    return this.w.word(words.at + 4 * WORDS[name]);
  }

  /** `body` for each pair of points; `at` reads a column there. */
  points(body: (point: Word, at: (name: keyof typeof columns) => Pair) => void): void {
    const { w } = this;
    const point = w.pointer(0);
    w.repeat(this.word('half'), () => {
      body(point.at, (name) => w.keep(w.load(point.at, columns[name].at)));
      point.advance(16);
    });
  }

  /** A sum over the points. */
  accumulator(start?: Pair): { readonly value: Pair; readonly add: (a: Pair) => void } {
    const variable = this.w.variable(start ?? this.n(0));
    return {
      value: variable.value,
      add: (a) => {
        variable.set(this.sum(variable.value, a));
      },
    };
  }

  /** The closed form's value and derivatives by the distance, of both halves side by side. */
  flat(): { readonly value: Pair; readonly first: Pair; readonly second: Pair } {
    const { w } = this;
    const years = this.place('years');
    const inverse = this.place('overDeviation');
    const distance = this.place('distance');
    const minusDistance = w.keep(w.unary('neg', distance));
    const grow = this.lanes('grow');
    const fall = this.lanes('fall');
    const share = this.lanes('share');
    const on = this.lanes('on');
    const reach = w.keep(this.times(this.lanes('gamma'), years));
    const outer = w.keep(
      this.times(
        on,
        share,
        this.exp(this.times(distance, grow)),
        this.cdf(this.times(this.minus(minusDistance, reach), inverse)),
      ),
    );
    const inner = w.keep(
      this.times(
        on,
        this.minus(this.n(1), share),
        this.exp(this.times(minusDistance, fall)),
        this.cdf(this.times(this.minus(reach, distance), inverse)),
      ),
    );
    const drifted = this.minus(minusDistance, this.times(this.lanes('beta'), years));
    const late = this.times(on, this.lanes('present'), this.cdf(this.times(drifted, inverse)));
    const value = w.keep(this.minus(this.sum(outer, inner), late));
    const rising = w.keep(this.times(grow, outer));
    const falling = w.keep(this.times(fall, inner));
    return {
      value,
      first: w.keep(this.minus(rising, falling)),
      second: w.keep(this.sum(this.times(grow, rising), this.times(fall, falling))),
    };
  }

  result(name: keyof typeof RESULT, value: Pair): void {
    this.w.storeOne(this.w.origin, results.at + 8 * RESULT[name], value);
  }
}

function terms(k: Assembly): void {
  const { w } = k;
  const years = k.place('years');
  const rootYears = k.place('rootYears');
  const rate = k.place('rate');
  const dividend = k.place('yield');
  const byRate = k.place('byRate');
  const byYield = k.place('byYield');
  const sine = w.pointer(k.word('sines'));
  const share = w.pointer(k.word('weights'));
  k.points((point) => {
    const root = w.keep(k.times(rootYears, w.load(sine.at)));
    const weight = w.keep(k.times(w.load(share.at), years));
    const elapsed = w.keep(k.times(root, root));
    const interest = w.keep(k.times(rate, elapsed));
    const paid = w.keep(k.times(dividend, elapsed));
    const discount = w.keep(k.times(weight, k.exp(w.unary('neg', interest))));
    const carried = w.keep(k.times(weight, k.exp(w.unary('neg', paid))));
    w.store(point, columns.roots.at, root);
    w.store(point, columns.overRoots.at, k.over(k.n(1), root));
    w.store(point, columns.elapsed.at, elapsed);
    w.store(point, columns.income.at, k.times(discount, rate));
    w.store(point, columns.outgo.at, k.times(carried, dividend));
    w.store(
      point,
      columns.direct.at,
      k.sum(k.times(byRate, discount, k.minus(k.n(1), interest)), k.times(byYield, carried, k.minus(k.n(1), paid))),
    );
    sine.advance(16);
    share.advance(16);
  });
}

function spread(k: Assembly, derivatives: boolean): void {
  const { w } = k;
  const entry = w.pointer(k.word('matrix'));
  k.points((point) => {
    const node = w.pointer(0);
    const squares = k.accumulator();
    const rhos = k.accumulator();
    const vegas = k.accumulator();
    w.repeat(k.word('order'), () => {
      const weight = w.keep(w.load(entry.at));
      squares.add(k.times(weight, w.splat(node.at, nodes.squares.at)));
      if (derivatives) {
        rhos.add(k.times(weight, w.splat(node.at, nodes.rhos.at)));
        vegas.add(k.times(weight, w.splat(node.at, nodes.vegas.at)));
      }
      entry.advance(16);
      node.advance(8);
    });
    const depth = w.keep(w.unary('sqrt', k.atLeast(1e-300, squares.value)));
    w.store(point, columns.depths.at, depth);
    if (!derivatives) return;
    const some = w.keep(w.binary('above', squares.value, k.n(0)));
    w.store(point, columns.depthsRho.at, w.binary('and', some, k.over(rhos.value, depth)));
    w.store(point, columns.depthsVega.at, w.binary('and', some, k.over(vegas.value, depth)));
  });
}

/** Σ c_j f_j over `count` terms with the coefficients of the pair of points at `entry`. */
function combined(k: Assembly, count: number, entry: Word, coefficients: Column, functions: Column): Pair {
  const { w } = k;
  const product = (j: number): Pair =>
    k.times(w.load(entry, coefficients.at + 16 * j), w.splat(w.origin, functions.at + 8 * j));
  const chain = (from: number): Pair =>
    Array.from({ length: count / 2 }, (_, index) => product(from + 2 * index)).reduce((sum, one) => k.sum(sum, one));
  return w.keep(k.sum(chain(0), chain(1)));
}

function load(k: Assembly, count: number): void {
  const { w } = k;
  const volatility = k.place('volatility');
  const entry = w.pointer(0);
  k.points((point) => {
    w.store(point, columns.depths.at, k.times(volatility, combined(k, count, entry.at, series.depths, series.basis)));
    entry.advance(16 * MOST_TERMS);
  });
}

function loadGreeks(k: Assembly, count: number): void {
  const { w } = k;
  const overVolatility = k.place('overVolatility');
  const entry = w.pointer(0);
  k.points((point, at) => {
    const slope = combined(k, count, entry.at, series.depths, series.slopes);
    w.store(point, columns.depthsVega.at, k.sum(k.times(at('depths'), overVolatility), slope));
    w.store(point, columns.depthsRho.at, combined(k, count, entry.at, series.rhos, series.basis));
    entry.advance(16 * MOST_TERMS);
  });
}

function price(k: Assembly, near: boolean): void {
  const { w } = k;
  const volatility = k.place('volatility');
  const overVolatility = k.place('overVolatility');
  const spot = k.place('spot');
  const rise = k.place('rise');
  const carry = k.place('carry');
  const distance = k.place('distance');
  const slope = k.place('slope');
  const sum = k.accumulator(near ? k.times(k.flat().value, k.lanes('sides')) : undefined);
  k.points((_, at) => {
    const elapsed = at('elapsed');
    const inverse = w.keep(k.times(overVolatility, at('overRoots')));
    const half = w.keep(k.times(k.n(0.5), volatility, at('roots')));
    const middle = w.keep(k.times(k.sum(rise, at('depths'), k.times(carry, elapsed)), inverse));
    const low = k.cdf(k.minus(half, middle));
    const high = k.cdf(w.unary('neg', k.sum(half, middle)));
    const income = at('income');
    const outgo = k.times(spot, at('outgo'));
    if (!near) {
      sum.add(k.minus(k.times(income, low), k.times(outgo, high)));
      return;
    }
    const taken = w.keep(k.times(k.sum(distance, k.times(slope, elapsed)), inverse));
    const lowTaken = k.cdf(k.minus(half, taken));
    const highTaken = k.cdf(w.unary('neg', k.sum(half, taken)));
    sum.add(k.minus(k.times(income, k.minus(low, lowTaken)), k.times(outgo, k.minus(high, highTaken))));
  });
  k.result('premium', w.total(w.keep(sum.value)));
}

function greeks(k: Assembly, near: boolean): void {
  const { w } = k;
  const volatility = k.place('volatility');
  const overVolatility = k.place('overVolatility');
  const spot = k.place('spot');
  const rise = k.place('rise');
  const carry = k.place('carry');
  const distance = k.place('distance');
  const slope = k.place('slope');
  const sign = k.place('sign');
  const capRho = k.place('capRho');
  const byRate = k.place('byRate');
  const byYield = w.keep(k.times(k.place('byYield'), spot));
  const lastVega = k.place('lastVega');
  const lastRho = w.keep(k.minus(k.place('lastRho'), capRho));
  const flat = near ? k.flat() : undefined;
  const sides = k.lanes('sides');
  const calls = k.lanes('calls');
  // A shift of the whole boundary: the same closed form takes out of vega and rho what is not smooth.
  const shift = flat === undefined ? undefined : w.keep(k.times(sides, flat.first));
  const premium = k.accumulator(flat === undefined ? undefined : k.times(sides, flat.value));
  // By ln(spot): delta = p'/S, gamma = (p'' - p')/S².
  const first = k.accumulator(
    flat === undefined || shift === undefined ? undefined : k.sum(shift, k.times(calls, flat.value)),
  );
  const second = k.accumulator(
    flat === undefined
      ? undefined
      : k.sum(k.times(sides, flat.second), k.times(calls, k.sum(flat.value, k.times(k.n(2), flat.first)))),
  );
  const vega = k.accumulator(shift === undefined ? undefined : k.times(shift, lastVega));
  const rho = k.accumulator(shift === undefined ? undefined : k.times(shift, lastRho));
  k.points((_, at) => {
    const elapsed = at('elapsed');
    const income = at('income');
    const outgo = w.keep(k.times(spot, at('outgo')));
    const inverse = w.keep(k.times(overVolatility, at('overRoots')));
    const half = w.keep(k.times(k.n(0.5), volatility, at('roots')));
    const middle = w.keep(k.times(k.sum(rise, at('depths'), k.times(carry, elapsed)), inverse));
    const lower = w.keep(k.minus(middle, half));
    const upper = w.keep(k.sum(middle, half));
    const [kept, keptBell] = k.both(lower);
    const [above, aboveBell] = k.both(upper);
    const putDensity = w.keep(k.times(income, keptBell));
    const callDensity = w.keep(k.times(outgo, aboveBell));
    const exercised = w.keep(k.minus(k.n(1), kept));
    const given = w.keep(k.minus(k.n(1), above));
    const call = w.keep(k.times(outgo, given));
    const net = w.keep(k.times(k.minus(putDensity, callDensity), inverse));
    premium.add(k.minus(k.times(income, exercised), call));
    first.add(w.unary('neg', k.sum(net, call)));
    second.add(
      k.minus(
        k.times(
          inverse,
          k.sum(
            k.times(inverse, k.minus(k.times(putDensity, lower), k.times(callDensity, upper))),
            k.times(k.n(2), callDensity),
          ),
        ),
        call,
      ),
    );
    vega.add(
      k.minus(
        k.times(overVolatility, k.minus(k.times(putDensity, upper), k.times(callDensity, lower))),
        k.times(net, at('depthsVega')),
      ),
    );
    const own = k.times(at('direct'), k.minus(k.times(byRate, exercised), k.times(byYield, given)));
    const moved = k.sum(k.minus(k.times(sign, elapsed), capRho), at('depthsRho'));
    rho.add(k.minus(own, k.times(net, moved)));
    if (!near) return;
    const taken = w.keep(k.times(k.sum(distance, k.times(slope, elapsed)), inverse));
    const takenLower = w.keep(k.minus(taken, half));
    const takenUpper = w.keep(k.sum(taken, half));
    const [takenKept, takenKeptBell] = k.both(takenLower);
    const [takenAbove, takenAboveBell] = k.both(takenUpper);
    const takenCall = w.keep(k.times(outgo, k.minus(k.n(1), takenAbove)));
    const takenPutDensity = w.keep(k.times(income, takenKeptBell));
    const takenCallDensity = w.keep(k.times(outgo, takenAboveBell));
    const takenNet = w.keep(k.times(k.minus(takenPutDensity, takenCallDensity), inverse));
    premium.add(k.minus(takenCall, k.times(income, k.minus(k.n(1), takenKept))));
    first.add(k.sum(takenNet, takenCall));
    vega.add(k.times(takenNet, lastVega));
    rho.add(k.times(takenNet, lastRho));
    second.add(
      k.minus(
        takenCall,
        k.times(
          inverse,
          k.sum(
            k.times(inverse, k.minus(k.times(takenPutDensity, takenLower), k.times(takenCallDensity, takenUpper))),
            k.times(k.n(2), takenCallDensity),
          ),
        ),
      ),
    );
  });
  k.result('premium', w.total(w.keep(premium.value)));
  k.result('first', w.total(w.keep(first.value)));
  k.result('second', w.total(w.keep(second.value)));
  k.result('vega', w.total(w.keep(vega.value)));
  k.result('rho', w.total(w.keep(rho.value)));
}
