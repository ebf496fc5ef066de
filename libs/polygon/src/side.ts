/** One side of a quote: absent, or price 0 with size 0, means that nobody quotes there. */
export function quoteSide(
  price: number | undefined,
  size: number | undefined,
): { readonly price: number | null; readonly size: number } {
  const shown = size ?? 0;
  return price === undefined || (price === 0 && shown === 0) ? { price: null, size: 0 } : { price, size: shown };
}
