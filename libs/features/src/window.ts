/** The last `size` numbers pushed, as a ring: sums are taken anew each time, so no rounding drifts along a long day. */
export class Window {
  readonly #values: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  push(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  get full(): boolean {
    return this.#count >= this.#values.length;
  }

  /** The value that the next push will overwrite: the oldest one once full. */
  get oldest(): number {
    return this.#values[this.#count % this.#values.length] ?? 0;
  }

  get mean(): number {
    let sum = 0;
    for (const value of this.#values) sum += value;
    return sum / this.#values.length;
  }

  /** Mean of squared deviations from the mean, with `size - missing` as the divisor. */
  variance(missing: 0 | 1): number {
    const mean = this.mean;
    let sum = 0;
    for (const value of this.#values) sum += (value - mean) * (value - mean);
    return sum / (this.#values.length - missing);
  }
}
