import type { Bar, OptionContract, Quote, Trade } from '@trading-agent/instruments';
import { midpoint } from '@trading-agent/instruments';
import { optionFigures } from '../../market/option-figures.ts';
import type { Simulation } from '../../market/simulation.ts';
import { rfc3339Nanos } from '../times.ts';

/** All trading of this market happens on one exchange, under one condition. */
export const EXCHANGE = 'C';
export const CONDITION = 'I';
export const EXCHANGES: Readonly<Record<string, string>> = { [EXCHANGE]: 'Simulated exchange' };
export const CONDITIONS: Readonly<Record<string, string>> = { [CONDITION]: 'AUTO - Regular' };

type Body = Readonly<Record<string, unknown>>;

/** A side that nobody quotes has price and size 0, as the vendor writes it. */
export function quoteBody({ at, bid, bidSize, ask, askSize }: Quote): Body {
  return {
    t: rfc3339Nanos(at),
    bp: bid ?? 0,
    bs: bidSize,
    bx: EXCHANGE,
    ap: ask ?? 0,
    as: askSize,
    ax: EXCHANGE,
    c: CONDITION,
  };
}

export function tradeBody({ at, price, size }: Trade): Body {
  return { t: rfc3339Nanos(at), p: price, s: size, x: EXCHANGE, c: CONDITION };
}

/** One bar; trades and VWAP are not known and left out. */
export function barBody({ start, open, high, low, close, volume }: Omit<Bar, 'symbol' | 'end'>): Body {
  return { t: rfc3339Nanos(start), o: open, h: high, l: low, c: close, v: volume };
}

/** A contract as the snapshots show it; what is not known is left out. */
export function snapshotBody(contract: OptionContract, simulation: Simulation): Body {
  const { index, step, now } = simulation;
  const { symbol, underlying } = contract;
  const quote = simulation.nbbo(symbol);
  const trade = index.lastTrade(symbol, step);
  const last = index.lastBar(symbol, step);
  const middle = quote === undefined ? null : midpoint(quote);
  const spot = (index.lastBar(underlying, step) ?? index.lastBar(`I:${underlying}`, step))?.bar.close;
  const figures = middle === null || spot === undefined ? null : optionFigures(contract, { at: now, spot, middle });
  return {
    ...(quote && { latestQuote: quoteBody(quote) }),
    ...(trade && { latestTrade: tradeBody(trade) }),
    ...(figures && {
      greeks: { ...figures.greeks, rho: figures.rho },
      impliedVolatility: figures.implied_volatility,
    }),
    ...(last && {
      minuteBar: barBody(last.bar),
      dailyBar: barBody({
        start: simulation.session.open,
        open: last.dayOpen,
        high: last.dayHigh,
        low: last.dayLow,
        close: last.bar.close,
        volume: last.dayVolume,
      }),
    }),
  };
}
