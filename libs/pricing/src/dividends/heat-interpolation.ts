/** Value at fractional index `at` by six-point Lagrange. */
export function lagrange6(values: Float64Array, count: number, at: number): number {
  let j = Math.floor(at) - 2;
  if (j < 0) j = 0;
  else if (j > count - 6) j = count - 6;
  const t = at - j;
  const a = t - 1;
  const b = t - 2;
  const c = t - 3;
  const d = t - 4;
  const e = t - 5;
  const ab = a * b;
  const de = d * e;
  const cde = c * de;
  const tab = t * ab;
  return (
    (-(ab * cde) / 120) * (values[j] ?? 0) +
    ((t * b * cde) / 24) * (values[j + 1] ?? 0) -
    ((t * a * cde) / 12) * (values[j + 2] ?? 0) +
    ((tab * de) / 12) * (values[j + 3] ?? 0) -
    ((tab * c * e) / 24) * (values[j + 4] ?? 0) +
    ((tab * c * d) / 120) * (values[j + 5] ?? 0)
  );
}

/** Of the strike: less above the exercise value is at it. */
const AT_FLOOR = 1e-12;

/**
 * As `lagrange6` at a node's place now, in the money next to the exercise boundary too: there the second derivative jumps, but the root
 * of what the value exceeds the exercise value by is smooth from the boundary on, and goes on in a straight line to zero.
 */
export function valueByContact(
  values: Float64Array,
  count: number,
  at: number,
  first: number,
  spacing: number,
): number {
  const floorAt = (i: number): number => Math.abs(Math.exp(first + i * spacing) - 1);
  const above = (i: number): number => (values[i] ?? 0) - floorAt(i);
  const lowest = Math.max(Math.floor(at) - 2, 0);
  // The in-the-money end is node 0: `spacing` < 0 for calls, > 0 for puts.
  if (at * spacing + first >= 0 === spacing > 0 || above(lowest) > AT_FLOOR) return lagrange6(values, count, at);
  let i = lowest + 1;
  while (i < lowest + 6 && above(i) <= AT_FLOOR) i += 1;
  if (i === lowest + 6 || i + 3 >= count) return lagrange6(values, count, at);
  const t = at - i;
  // The node before is exercised, and so is all beyond it.
  if (t <= -1) return floorAt(at);
  const r0 = Math.sqrt(above(i));
  const r1 = Math.sqrt(Math.max(above(i + 1), 0));
  const r2 = Math.sqrt(Math.max(above(i + 2), 0));
  const r3 = Math.sqrt(Math.max(above(i + 3), 0));
  const root =
    (-(t - 1) * (t - 2) * (t - 3) * r0) / 6 +
    (t * (t - 2) * (t - 3) * r1) / 2 -
    (t * (t - 1) * (t - 3) * r2) / 2 +
    (t * (t - 1) * (t - 2) * r3) / 6;
  // Where a dividend is due at once the time value begins with a slope, and a cubic through its root may turn: it only ever rises from the boundary on.
  const bounded = Math.max(t < 0 ? Math.min(root, r0) : root, 0);
  return floorAt(at) + bounded * bounded;
}
