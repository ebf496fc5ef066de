/** One side of a quote: absent or at price 0 means that nobody quotes there (nothing can be bought or sold at 0). */
export function quoteSide(
  price: number | undefined,
  size: number | undefined,
): { readonly price: number | null; readonly size: number } {
  return price === undefined || price === 0 ? { price: null, size: 0 } : { price, size: size ?? 0 };
}
