/**
 * Where early exercise of an American put pays, by the signs of rate and yield (L. Andersen and M. Lake, "Fast American Option
 * Pricing: The Double-Boundary Case", 2021, section 2; for a call exchange rate and yield):
 * - `european`: never (r <= 0 and q >= r);
 * - `single`: below one boundary;
 * - `double`: between two boundaries (q < r < 0), where they exist at all.
 */
export type ExerciseRegime = 'european' | 'single' | 'double';

export function putRegime(rate: number, dividendYield: number): ExerciseRegime {
  if (rate > 0) return 'single';
  if (dividendYield >= rate) return 'european';
  return rate < 0 ? 'double' : 'single';
}

/**
 * Value of the put with strike 1 when the spot moves along its forward for certain: the best of all exercise times,
 * max over t of e^(-rt) - S e^(-qt). Its interior extremum is where r e^(-rt) = q S e^(-qt).
 */
export function certainPut(spot: number, years: number, rate: number, dividendYield: number): number {
  const at = (time: number): number => Math.exp(-rate * time) - spot * Math.exp(-dividendYield * time);
  let best = Math.max(0, 1 - spot, at(years));
  const ratio = (dividendYield * spot) / rate;
  if (ratio > 0 && dividendYield !== rate) {
    const time = Math.log(ratio) / (dividendYield - rate);
    if (time > 0 && time < years) best = Math.max(best, at(time));
  }
  return best;
}
