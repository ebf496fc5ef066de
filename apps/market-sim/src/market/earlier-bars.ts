import type { MarketDate } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';

/** Minute bars of an instrument on earlier days, oldest first; `symbol` without `O:`. */
export type EarlierBars = (symbol: string, from: MarketDate, to: MarketDate) => Promise<readonly Bar[]>;
