import {
  bookOf,
  type HeldOption,
  type Holdings,
  type MarginAmounts,
  type MarginTerms,
  type UnderlyingBook,
} from '@trading-agent/portfolio';

/** What is held of one underlying or on its way. The same object as long as nothing of it changes, so that what follows from it can be kept. */
export class HeldUnderlying {
  readonly ticker: string;
  /** As the account lists them, none of quantity 0. */
  readonly options: readonly HeldOption[];
  readonly shares: number;
  /** Margin that follows from the positions alone, by the terms that it was computed for. */
  readonly margins = new WeakMap<MarginTerms, MarginAmounts>();
  #book: UnderlyingBook | null = null;

  constructor(ticker: string, options: readonly HeldOption[], shares: number) {
    this.ticker = ticker;
    // Copies: what is compared later must be what was computed with.
    this.options = options.map(({ contract, quantity }) => ({ contract, quantity }));
    this.shares = shares;
  }

  get book(): UnderlyingBook {
    this.#book ??= bookOf(this.ticker, {
      options: this.options,
      stocks: [{ symbol: this.ticker, quantity: this.shares }],
    });
    return this.#book;
  }

  isSame(options: readonly HeldOption[], shares: number): boolean {
    if (shares !== this.shares || options.length !== this.options.length) return false;
    for (let index = 0; index < options.length; index++) {
      const [one, other] = [options[index], this.options[index]];
      if (one?.contract !== other?.contract || one?.quantity !== other?.quantity) return false;
    }
    return true;
  }
}

/** By underlying, in text order. */
export type HeldByUnderlying = ReadonlyMap<string, HeldUnderlying>;

const sorted = new WeakMap<Holdings, HeldByUnderlying>();
const last = new WeakMap<MarginTerms, Map<string, HeldUnderlying>>();

/**
 * What is held, by underlying. Two accounts may take turns: what is kept from one moment to the next is compared, never assumed.
 * @param terms of the account; what was held last is remembered for as long as they live
 */
export function heldOf(holdings: Holdings, terms: MarginTerms): HeldByUnderlying {
  const known = sorted.get(holdings);
  if (known !== undefined) return known;
  const drafts = new Map<string, { readonly options: HeldOption[]; shares: number }>();
  const draft = (ticker: string): { readonly options: HeldOption[]; shares: number } => {
    let one = drafts.get(ticker);
    if (one === undefined) drafts.set(ticker, (one = { options: [], shares: 0 }));
    return one;
  };
  for (const option of holdings.options)
    if (option.quantity !== 0) draft(option.contract.underlying).options.push(option);
  for (const { symbol, quantity } of holdings.stocks) if (quantity !== 0) draft(symbol).shares += quantity;
  let before = last.get(terms);
  if (before === undefined) last.set(terms, (before = new Map()));
  const held = new Map<string, HeldUnderlying>();
  for (const ticker of [...drafts.keys()].sort()) {
    const { options, shares } = draft(ticker);
    let one = before.get(ticker);
    if (one === undefined || !one.isSame(options, shares))
      before.set(ticker, (one = new HeldUnderlying(ticker, options, shares)));
    held.set(ticker, one);
  }
  sorted.set(holdings, held);
  return held;
}
