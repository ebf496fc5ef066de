/**
 * A row of the programme, its right side not negative: `sum(coefficient * variable) <= right`. With `start`, `= right`: the variable that it names occurs in
 * this row alone, with coefficient 1, and the search starts with it at `right`. With `balanced`, `= right` where `right` is 0.
 */
export interface Row {
  readonly terms: readonly (readonly [variable: number, coefficient: number])[];
  readonly right: number;
  readonly start?: number;
  readonly balanced?: boolean;
}

/** Minimise `costs * x` (dollars) subject to `rows`, `x >= 0`, and `x` whole where `whole` says so. */
export interface IntegerProgramme {
  readonly costs: readonly number[];
  readonly whole: readonly boolean[];
  readonly rows: readonly Row[];
}

/** What is known before the search. */
export interface FirstSolution {
  /** One value per variable. */
  readonly values: readonly number[];
  readonly cost: number;
  /** Whole solutions cost a multiple of it, dollars; 0 when no such amount is known. */
  readonly step: number;
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
/** Of a bound, in dollars: pivots round, and no amount of margin is so small. */
const NOISE = 1e-4;
const WHOLE = 1e-6;
/** Pivots without gain after which Bland's rule, which can't cycle, takes over. */
const PATIENCE = 50;

/**
 * Exact minimum by branch and bound over the dense simplex method (Dantzig's tableau, without the columns of what is basic; Land and Doig 1960 for the
 * branching, depth first, bounds added by the dual simplex method). Made for the few dozen variables of one underlying's margin: no clock, no threads, the
 * same answer every time. Work is bounded in pivots, counted over all branches.
 * @returns `null` when no solution below `first` was found within the work allowed.
 */
export function solveInteger(
  programme: IntegerProgramme,
  maxPivots: number,
  first: FirstSolution | null = null,
): IntegerSolution | null {
  const work = { left: maxPivots };
  const root = Tableau.of(programme);
  // Among what is known to be good the simplex method is nearly there.
  if (first !== null && !root.primal(work, (variable) => (first.values[variable] ?? 1) > 0)) return null;
  if (!root.primal(work)) return null;
  let best: { readonly values: readonly number[]; readonly cost: number } | null = first;
  const step = Math.max(first?.step ?? 0, NOISE);
  const open: Tableau[] = [root];
  let proven = true;
  for (let tableau = open.pop(); tableau !== undefined; tableau = open.pop()) {
    const cost = tableau.cost();
    if (best !== null && cost > best.cost - step + NOISE / 2) continue;
    const values = tableau.values();
    const split = mostFractional(values, programme);
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
    if (work.left <= 0) break;
  }
  return best === null ? null : { values: best.values, cost: best.cost, proven: proven && open.length === 0 };
}

/** Of the variables that cost something the one farthest from a whole number, then of the others: those mostly follow. */
function mostFractional(
  values: readonly number[],
  { whole, costs }: IntegerProgramme,
): readonly [variable: number, value: number] | null {
  let found: readonly [number, number] | null = null;
  let farthest = WHOLE;
  let counts = false;
  for (const [index, value] of values.entries()) {
    const away = Math.abs(value - Math.round(value));
    const costly = costs[index] !== 0;
    if (!whole[index] || away <= WHOLE || (counts && !costly)) continue;
    if (away <= farthest && costly === counts) continue;
    farthest = away;
    counts = costly;
    found = [index, value];
  }
  return found;
}

/** Of what must stay 0: it leaves the basis once and never comes back. */
const GONE = -1;

/** Simplex tableau: `height` rows of `width` numbers, a column per variable that is not basic, the right side last; row 0 holds the reduced costs. */
class Tableau {
  readonly #variables: number;
  readonly #height: number;
  readonly #width: number;
  readonly #cells: Float64Array;
  /** The variable that row `r` (from 1) gives the value of; slacks are numbered behind the programme's variables. */
  readonly #basis: Int32Array;
  /** The variable of each column. */
  readonly #columns: Int32Array;
  #slacks: number;

  private constructor(variables: number, slacks: number, cells: Float64Array, basis: Int32Array, columns: Int32Array) {
    this.#variables = variables;
    this.#slacks = slacks;
    this.#height = basis.length;
    this.#width = columns.length + 1;
    this.#cells = cells;
    this.#basis = basis;
    this.#columns = columns;
  }

  /** Starts from all variables at zero but those that `start` names; slacks take the other rows. */
  static of({ costs, rows }: IntegerProgramme): Tableau {
    const started = new Set(rows.map(({ start }) => start));
    const columns = Int32Array.from([...costs.keys()].filter((variable) => !started.has(variable)));
    const columnOf = new Int32Array(costs.length).fill(-1);
    for (const [column, variable] of columns.entries()) columnOf[variable] = column;
    const width = columns.length + 1;
    const cells = new Float64Array((rows.length + 1) * width);
    const basis = new Int32Array(rows.length + 1);
    for (const [column, variable] of columns.entries()) cells[column] = costs[variable] ?? 0;
    for (const [index, { terms, right, start, balanced }] of rows.entries()) {
      const row = (index + 1) * width;
      for (const [variable, coefficient] of terms) {
        const column = columnOf[variable] ?? -1;
        if (column >= 0) cells[row + column] = (cells[row + column] ?? 0) + coefficient;
      }
      cells[row + width - 1] = right;
      basis[index + 1] = balanced ? GONE : (start ?? costs.length + index);
      const price = start === undefined ? 0 : (costs[start] ?? 0);
      if (price === 0) continue;
      for (let column = 0; column < width; column++)
        cells[column] = (cells[column] ?? 0) - price * (cells[row + column] ?? 0);
    }
    const tableau = new Tableau(costs.length, rows.length, cells, basis, columns);
    tableau.#balance();
    return tableau;
  }

  /** Makes a variable of each balanced row basic: at 0, so that all the others keep their values. */
  #balance(): void {
    for (let row = 1; row < this.#height; row++) {
      if (this.#basis[row] !== GONE) continue;
      let largest = 0;
      let column = -1;
      for (let candidate = 0; candidate < this.#width - 1; candidate++) {
        const size = Math.abs(this.#at(row, candidate));
        if (size <= largest) continue;
        largest = size;
        column = candidate;
      }
      if (column >= 0) this.#pivot(row, column);
    }
  }

  cost(): number {
    return -this.#at(0, this.#width - 1);
  }

  values(): number[] {
    const values = Array.from({ length: this.#variables }, () => 0);
    for (let row = 1; row < this.#height; row++) {
      const variable = this.#basis[row] ?? GONE;
      if (variable >= 0 && variable < this.#variables) values[variable] = this.#at(row, this.#width - 1);
    }
    return values;
  }

  /** A copy with one more row that bounds a basic variable; not yet feasible: `dual` mends it. */
  bounded(variable: number, bound: number, side: 'at-most' | 'at-least'): Tableau {
    const width = this.#width;
    const cells = new Float64Array((this.#height + 1) * width);
    cells.set(this.#cells);
    const basis = new Int32Array(this.#height + 1);
    basis.set(this.#basis);
    basis[this.#height] = this.#variables + this.#slacks;
    const sign = side === 'at-most' ? 1 : -1;
    const added = this.#height * width;
    const source = this.#basis.indexOf(variable, 1) * width;
    // sign * x + slack = sign * bound, with x replaced by the row that gives its value.
    for (let column = 0; column < width; column++) cells[added + column] = -sign * (cells[source + column] ?? 0);
    cells[added + width - 1] = sign * bound - sign * (cells[source + width - 1] ?? 0);
    return new Tableau(this.#variables, this.#slacks + 1, cells, basis, this.#columns.slice());
  }

  /**
   * Primal simplex from a feasible start. False when work ran out (the cost has no lower bound only for a defective programme).
   * @param among variables that may enter; all when left out
   */
  primal(work: { left: number }, among: (variable: number) => boolean = () => true): boolean {
    let stalled = 0;
    for (; work.left > 0; work.left--) {
      const column = this.#entering(stalled > PATIENCE, among);
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

  #entering(bland: boolean, among: (variable: number) => boolean): number | null {
    let best: number | null = null;
    let lowest = -GAIN;
    let first = Number.POSITIVE_INFINITY;
    for (let column = 0; column < this.#width - 1; column++) {
      const reduced = this.#at(0, column);
      const variable = this.#columns[column] ?? GONE;
      if (reduced >= -GAIN || variable === GONE || (bland ? variable >= first : reduced >= lowest)) continue;
      if (!among(variable)) continue;
      best = column;
      first = variable;
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
    const leaving = this.#basis[pivotRow] ?? GONE;
    const factor = 1 / this.#at(pivotRow, pivotColumn);
    for (let column = 0; column < width; column++) cells[own + column] = (cells[own + column] ?? 0) * factor;
    // Of what is gone the column is empty, so that it never comes back.
    const back = leaving === GONE ? 0 : factor;
    cells[own + pivotColumn] = back;
    for (let row = 0; row < this.#height; row++) {
      const start = row * width;
      const multiple = cells[start + pivotColumn] ?? 0;
      if (row === pivotRow || multiple === 0) continue;
      cells[start + pivotColumn] = 0;
      for (let column = 0; column < width; column++)
        cells[start + column] = (cells[start + column] ?? 0) - multiple * (cells[own + column] ?? 0);
    }
    this.#basis[pivotRow] = this.#columns[pivotColumn] ?? GONE;
    this.#columns[pivotColumn] = leaving;
  }

  #at(row: number, column: number): number {
    return this.#cells[row * this.#width + column] ?? 0;
  }
}
