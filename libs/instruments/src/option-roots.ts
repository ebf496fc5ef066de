/** What an option root stands for where it is not simply the underlying's ticker. Source: Cboe product specifications. */
export interface RootFacts {
  readonly underlying: string;
  readonly style: 'american' | 'european';
  readonly settlement: 'physical' | 'cash';
  /** `am`: settled on the opening prices of the expiration day, last trade the day before. */
  readonly settles: 'am' | 'pm';
}

const index = (underlying: string, settles: 'am' | 'pm', style: 'american' | 'european' = 'european'): RootFacts => ({
  underlying,
  style,
  settlement: 'cash',
  settles,
});

const INDEX_ROOTS: Readonly<Record<string, RootFacts>> = {
  SPX: index('SPX', 'am'),
  SPXW: index('SPX', 'pm'),
  XSP: index('XSP', 'pm'),
  NDX: index('NDX', 'am'),
  NDXP: index('NDX', 'pm'),
  RUT: index('RUT', 'am'),
  RUTW: index('RUT', 'pm'),
  DJX: index('DJX', 'am'),
  OEX: index('OEX', 'pm', 'american'),
  XEO: index('XEO', 'pm'),
  VIX: index('VIX', 'am'),
  VIXW: index('VIX', 'am'),
};

export interface RootInfo extends RootFacts {
  /** True for adjusted contracts (`SDS1`): the deliverable is not 100 shares of the ticker; they are not traded. */
  readonly adjusted: boolean;
  /** True for mini contracts (`AAPL7`, 2013-2014): ten shares. */
  readonly mini: boolean;
}

/** What `root` stands for. A trailing digit marks an adjusted contract, `7` on five minis of 2013-14 a ten-share one. */
export function rootInfo(root: string): RootInfo {
  const known = INDEX_ROOTS[root];
  if (known) return { ...known, adjusted: false, mini: false };
  const stem = root.replace(/\d+$/, '');
  const marked = stem !== root && stem.length > 0;
  const mini = marked && MINI_ROOTS.has(root);
  return {
    underlying: marked ? stem : root,
    style: 'american',
    settlement: 'physical',
    settles: 'pm',
    adjusted: marked && !mini,
    mini,
  };
}

/** Mini options listed 2013-03-18 (10 shares): NYSE Arca, ISE rule filings SR-NYSEArca-2012-64, SR-ISE-2012-58. */
const MINI_ROOTS = new Set(['AAPL7', 'AMZN7', 'GLD7', 'GOOG7', 'SPY7']);
