/**
 * A row of the programme, its right side not negative: `sum(coefficient * variable) <= right`, or `= right` when `start` names a variable that
 * occurs in this row alone, with coefficient 1; the search starts with that variable at `right`.
 */
export interface Row {
  readonly terms: readonly (readonly [variable: number, coefficient: number])[];
  readonly right: number;
  readonly start?: number;
}

/** Minimise `costs * x` (dollars) subject to `rows`, `x >= 0`, and `x` whole where `whole` says so. */
export interface IntegerProgramme {
  readonly costs: readonly number[];
  readonly whole: readonly boolean[];
  readonly rows: readonly Row[];
}

export interface IntegerSolution {
  readonly values: readonly number[];
  readonly cost: number;
  /** False when the work allowed ran out before a cheaper solution could be ruled out. */
  readonly proven: boolean;
}

const EPSILON = 1e-9;
/** Reduced costs are dollars: less than this gains nothing. */
const GAIN = 1e-6;
const WHOLE = 1e-6;
/** Pivots without gain after which Bland's rule, which can't cycle, takes over. */
const PATIENCE = 50;

/**
 * Exact minimum by branch and bound over the dense simplex method (Dantzig's tableau; Land and Doig 1960 for the branching, depth first,
 * bounds added by the dual simplex method). Made for the few dozen variables of one underlying's margin: no clock, no threads, the same answer
 * every time. Work is bounded in pivots, counted over all branches.
 * @returns `null` when no solution was found within the work allowed.
 */
export function solveInteger(programme: IntegerProgramme, maxPivots: number): IntegerSolution | null {
  const work = { left: maxPivots };
  const root = Tableau.of(programme);
  if (!root.primal(work)) return null;
  let best: { values: readonly number[]; cost: number } | null = null;
  const open: Tableau[] = [root];
  let proven = true;
  for (let tableau = open.pop(); tableau !== undefined; tableau = open.pop()) {
    const cost = tableau.cost();
    if (best !== null && cost >= best.cost - GAIN) continue;
    const values = tableau.values();
    const split = mostFractional(values, programme.whole);
    if (split === null) {
      best = { values: values.map((value, index) => (programme.whole[index] ? Math.round(value) : value)), cost };
      continue;
    }
    const [variable, value] = split;
    const branches = [
      tableau.bounded(variable, Math.ceil(value), 'at-least'),
      tableau.bounded(variable, Math.floor(value), 'at-most'),
    ];
    // The nearer side is looked at first.
    if (value - Math.floor(value) > 0.5) branches.reverse();
    for (const branch of branches) {
      const outcome = branch.dual(work);
      if (outcome === 'optimal') open.push(branch);
      else if (outcome === 'out-of-work') proven = false;
    }
    if (work.left <= 0) proven = proven && open.length === 0;
    if (work.left <= 0) break;
  }
  return best === null ? null : { ...best, proven: proven && open.length === 0 };
}

function mostFractional(values: readonly number[], whole: readonly boolean[]): readonly [number, number] | null {
  let found: readonly [number, number] | null = null;
  let farthest = WHOLE;
  for (const [index, value] of values.entries()) {
    const away = Math.abs(value - Math.round(value));
    if (whole[index] && away > farthest) {
      farthest = away;
      found = [index, value];
    }
  }
  return found;
}

/** Simplex tableau: `height` rows of `width` numbers, the right side last; row 0 holds the reduced costs. */
class Tableau {
  readonly #variables: number;
  readonly #height: number;
  readonly #width: number;
  readonly #cells: Float64Array;
  /** The variable that row `r` (from 1) gives the value of. */
  readonly #basis: Int32Array;

  private constructor(variables: number, height: number, width: number, cells: Float64Array, basis: Int32Array) {
    this.#variables = variables;
    this.#height = height;
    this.#width = width;
    this.#cells = cells;
    this.#basis = basis;
  }

  /** Starts from all variables at zero but those that `start` names; slacks take the other rows. */
  static of({ costs, rows }: IntegerProgramme): Tableau {
    const variables = costs.length;
    const height = rows.length + 1;
    const width = variables + rows.length + 1;
    const cells = new Float64Array(height * width);
    const basis = new Int32Array(height);
    for (const [index, cost] of costs.entries()) cells[index] = cost;
    for (const [index, { terms, right, start }] of rows.entries()) {
      const row = (index + 1) * width;
      for (const [variable, coefficient] of terms) cells[row + variable] = (cells[row + variable] ?? 0) + coefficient;
      cells[row + width - 1] = right;
      basis[index + 1] = start ?? variables + index;
      // An equality has no slack; its column stays empty.
      if (start === undefined) cells[row + variables + index] = 1;
      const price = start === undefined ? 0 : (costs[start] ?? 0);
      if (price === 0) continue;
      for (let column = 0; column < width; column++) {
        cells[column] = (cells[column] ?? 0) - price * (cells[row + column] ?? 0);
      }
    }
    return new Tableau(variables, height, width, cells, basis);
  }

  cost(): number {
    return -this.#at(0, this.#width - 1);
  }

  values(): number[] {
    const values = Array.from({ length: this.#variables }, () => 0);
    for (let row = 1; row < this.#height; row++) {
      const variable = this.#basis[row] ?? 0;
      if (variable < this.#variables) values[variable] = this.#at(row, this.#width - 1);
    }
    return values;
  }

  /** A copy with one more row that bounds a basic variable; not yet feasible: `dual` mends it. */
  bounded(variable: number, bound: number, side: 'at-most' | 'at-least'): Tableau {
    const width = this.#width + 1;
    const height = this.#height + 1;
    const cells = new Float64Array(height * width);
    for (let row = 0; row < this.#height; row++) {
      const from = row * this.#width;
      cells.set(this.#cells.subarray(from, from + this.#width - 1), row * width);
      cells[row * width + width - 1] = this.#cells[from + this.#width - 1] ?? 0;
    }
    const basis = new Int32Array(height);
    basis.set(this.#basis);
    basis[height - 1] = width - 2;
    const sign = side === 'at-most' ? 1 : -1;
    const added = (height - 1) * width;
    const source = this.#basis.indexOf(variable, 1) * width;
    // sign * x + slack = sign * bound, with x replaced by the row that gives its value.
    for (let column = 0; column < width; column++) cells[added + column] = -sign * (cells[source + column] ?? 0);
    cells[added + variable] = 0;
    cells[added + width - 2] = 1;
    cells[added + width - 1] = sign * bound - sign * (cells[source + width - 1] ?? 0);
    return new Tableau(this.#variables, height, width, cells, basis);
  }

  /** Primal simplex from a feasible start. False when work ran out (the cost has no lower bound only for a defective programme). */
  primal(work: { left: number }): boolean {
    let stalled = 0;
    for (; work.left > 0; work.left--) {
      const column = this.#entering(stalled > PATIENCE);
      if (column === null) return true;
      const row = this.#leaving(column);
      if (row === null) return false;
      stalled = this.#at(row, this.#width - 1) <= EPSILON ? stalled + 1 : 0;
      this.#pivot(row, column);
    }
    return false;
  }

  /** Dual simplex from reduced costs that are not negative. */
  dual(work: { left: number }): 'optimal' | 'infeasible' | 'out-of-work' {
    for (; work.left > 0; work.left--) {
      let row = 0;
      let lowest = -WHOLE / 10;
      for (let candidate = 1; candidate < this.#height; candidate++) {
        const right = this.#at(candidate, this.#width - 1);
        if (right < lowest) {
          lowest = right;
          row = candidate;
        }
      }
      if (row === 0) return 'optimal';
      let column = -1;
      let smallest = Number.POSITIVE_INFINITY;
      for (let candidate = 0; candidate < this.#width - 1; candidate++) {
        const coefficient = this.#at(row, candidate);
        if (coefficient >= -EPSILON) continue;
        const ratio = Math.max(0, this.#at(0, candidate)) / -coefficient;
        if (ratio < smallest - EPSILON) {
          smallest = ratio;
          column = candidate;
        }
      }
      if (column < 0) return 'infeasible';
      this.#pivot(row, column);
    }
    return 'out-of-work';
  }

  #entering(bland: boolean): number | null {
    let best: number | null = null;
    let lowest = -GAIN;
    for (let column = 0; column < this.#width - 1; column++) {
      const reduced = this.#at(0, column);
      if (reduced >= lowest) continue;
      best = column;
      if (bland) return best;
      lowest = reduced;
    }
    return best;
  }

  #leaving(column: number): number | null {
    let best: number | null = null;
    let smallest = Number.POSITIVE_INFINITY;
    for (let row = 1; row < this.#height; row++) {
      const coefficient = this.#at(row, column);
      if (coefficient <= EPSILON) continue;
      const ratio = this.#at(row, this.#width - 1) / coefficient;
      const nearer =
        ratio < smallest - EPSILON ||
        (ratio < smallest + EPSILON && best !== null && (this.#basis[row] ?? 0) < (this.#basis[best] ?? 0));
      if (!nearer) continue;
      smallest = Math.min(smallest, ratio);
      best = row;
    }
    return best;
  }

  #pivot(pivotRow: number, pivotColumn: number): void {
    const width = this.#width;
    const cells = this.#cells;
    const own = pivotRow * width;
    const factor = 1 / this.#at(pivotRow, pivotColumn);
    for (let column = 0; column < width; column++) cells[own + column] = (cells[own + column] ?? 0) * factor;
    cells[own + pivotColumn] = 1;
    for (let row = 0; row < this.#height; row++) {
      const start = row * width;
      const multiple = cells[start + pivotColumn] ?? 0;
      if (row === pivotRow || multiple === 0) continue;
      for (let column = 0; column < width; column++) {
        cells[start + column] = (cells[start + column] ?? 0) - multiple * (cells[own + column] ?? 0);
      }
      cells[start + pivotColumn] = 0;
    }
    this.#basis[pivotRow] = pivotColumn;
  }

  #at(row: number, column: number): number {
    return this.#cells[row * this.#width + column] ?? 0;
  }
}
