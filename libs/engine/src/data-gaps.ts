import { formatRfc3339, type Micros, micros } from '@trading-agent/core';
import { createFeatureStream } from '@trading-agent/features';
import { isOptionSymbol, parseOptionSymbol } from '@trading-agent/instruments';
import type { FeedGap } from '@trading-agent/market-data';
import type { Decision } from './decisions.ts';
import type { EngineState, UnderlyingState } from './state.ts';

/**
 * Takes a hole in. While one is open there is no new risk on the underlyings it touches. When it closes, option quotes from before its end
 * are not opened on, and where bars could not be had afterwards the features begin anew: nothing is computed over a hole (`ReturnHistory` has
 * no return across one anyway).
 */
export function applyGap(state: EngineState, gap: FeedGap, at: Micros): Decision[] {
  const touched = touchedBy(state, gap, gap.symbols);
  if (touched.length === 0) return [];
  const names = touched.map(({ symbol }) => symbol).join(', ');
  if (gap.to === null) {
    for (const underlying of touched) underlying.gaps.set(gap.id, gap);
    // Every start begins with what was missed before it.
    const severity = gap.cause === 'late' ? 'info' : 'warning';
    return [told(at, severity, 'data-gap', `No new risk on ${names}: ${describeGap(gap)}`)];
  }
  for (const underlying of touched) {
    underlying.gaps.delete(gap.id);
    if (gap.channel === 'options') underlying.quotesSince = micros(Math.max(underlying.quotesSince ?? 0, gap.to));
  }
  const begunAnew = gap.channel === 'options' ? [] : touchedBy(state, gap, gap.unfilled);
  for (const underlying of gap.unfilled.length === 0 ? [] : begunAnew) {
    underlying.features = createFeatureStream();
    underlying.vector = null;
  }
  const anew =
    gap.unfilled.length === 0 || begunAnew.length === 0
      ? 'what was missing has been told'
      : `not filled, the features of ${begunAnew.map(({ symbol }) => symbol).join(', ')} begin anew`;
  return [told(at, 'info', 'data-gap-closed', `The gap in the ${gap.channel} data of ${names} is over: ${anew}`)];
}

/** The holes that are open in an underlying's data. */
export function gapsOf(state: EngineState, underlying: string): readonly FeedGap[] {
  return [...(state.underlyings.get(underlying)?.gaps.values() ?? [])];
}

/** Every hole that is open, once. */
export function openGaps(state: EngineState): readonly FeedGap[] {
  const gaps = [...state.underlyings.values()].flatMap((underlying) => [...underlying.gaps.entries()]);
  return [...new Map(gaps).values()];
}

/** What a hole is, in words. */
export function describeGap({ channel, from, reason }: FeedGap): string {
  return `${channel} data has a gap since ${formatRfc3339(from)} (${reason})`;
}

/** The underlyings of a hole's symbols: the stock itself, or that of an option. Without symbols, and with `*`, all of them. */
function touchedBy(state: EngineState, { channel }: FeedGap, symbols: readonly string[]): readonly UnderlyingState[] {
  const all = [...state.underlyings.values()];
  if (symbols.length === 0 || symbols.includes('*')) return all;
  const roots = new Set<string>();
  const contracts = new Map(state.session.contracts.map(({ symbol, underlying }) => [symbol as string, underlying]));
  for (const symbol of symbols) {
    if (channel !== 'options') roots.add(symbol);
    else roots.add(contracts.get(symbol) ?? (isOptionSymbol(symbol) ? parseOptionSymbol(symbol).root : symbol));
  }
  return all.filter(({ symbol }) => roots.has(symbol));
}

function told(at: Micros, severity: 'info' | 'warning', rule: string, text: string): Decision {
  return { type: 'alert', at, kind: 'market', severity, reason: { rule, text } };
}
