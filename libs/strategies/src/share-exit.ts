/** Shares of the agent's own, with what stands on them. They are long: short ones are bought back without being asked about. */
export interface HeldShares {
  /** Shares, positive. */
  readonly quantity: number;
  /** What they cost when they came, and what they are worth now, dollars per share. */
  readonly cost: number;
  readonly price: number;
  /** What the options that stand on them have gained since they were opened, dollars. */
  readonly optionsGain: number;
  /** Shares that open structures count on, and those of them that a bought put protects. */
  readonly needed: number;
  readonly protectedByPuts: number;
  /** Fewest shares that a strategy which may be opened here stands on; `null` when there is none. */
  readonly lot: number | null;
  /** Looks in a row at which the view was strongly down. */
  readonly looksDown: number;
}

export interface ShareExitSettings {
  /** Fraction of their cost. */
  readonly stopLoss: number;
  /** 0: never for the view. */
  readonly viewLooks: number;
  readonly orphans: 'sell' | 'keep';
}

export interface ShareExitReason {
  readonly rule: 'stop-loss' | 'view-turned' | 'orphaned-shares';
  /** Shares that go. */
  readonly quantity: number;
  /** Which structures on shares go with them: all, those without a bought put, or none. */
  readonly structures: 'all' | 'unprotected' | 'none';
  readonly actual: number;
  readonly limit: number;
}

/**
 * Why shares are sold, if any rule says so: the loss of shares and options together first, then a view that has turned against what no put protects,
 * then what no strategy can use.
 */
export function shareExitReason(held: HeldShares, settings: ShareExitSettings): ShareExitReason | null {
  const { quantity, cost, price, optionsGain, needed, protectedByPuts, lot, looksDown } = held;
  const { stopLoss, viewLooks, orphans } = settings;
  const loss = rounded(((cost - price) * quantity - optionsGain) / (cost * quantity));
  if (cost > 0 && loss >= stopLoss)
    return { rule: 'stop-loss', quantity, structures: 'all', actual: loss, limit: stopLoss };
  const unprotected = quantity - Math.min(quantity, protectedByPuts);
  if (viewLooks > 0 && looksDown >= viewLooks && unprotected > 0) {
    const limit = viewLooks;
    return { rule: 'view-turned', quantity: unprotected, structures: 'unprotected', actual: looksDown, limit };
  }
  const free = Math.max(0, quantity - needed);
  const unused = lot === null ? free : free % lot;
  return orphans === 'sell' && unused > 0
    ? { rule: 'orphaned-shares', quantity: unused, structures: 'none', actual: free, limit: lot ?? 0 }
    : null;
}

/** The exit in a sentence with its number and its limit. */
export function explainShareExit({ rule, quantity, actual, limit }: ShareExitReason): string {
  switch (rule) {
    case 'stop-loss':
      return `${rule}: ${quantity} shares and the options on them have lost ${percent(actual)} of what the shares cost, the limit is ${percent(limit)}`;
    case 'view-turned':
      return `${rule}: the view was strongly down at ${actual} looks in a row, ${quantity} shares are sold at ${limit}`;
    case 'orphaned-shares':
      return limit === 0
        ? `${rule}: no strategy that may be opened here stands on shares, ${quantity} are free`
        : `${rule}: of ${actual} free shares ${quantity} are no whole ${limit}, which the strategies here stand on`;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1e4) / 100}%`;
}
