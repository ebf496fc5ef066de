import { type Micros, MICROS_PER_SECOND } from '@trading-agent/core';
import type { OptionContract, Quote } from '@trading-agent/instruments';
import type { ExpiryPricer } from '@trading-agent/pricing';
import { parityPairs, type QuotedSides } from '@trading-agent/strategies';
import type { EngineConfig } from './config.ts';
import { type EngineState, reliableQuote, type UnderlyingState } from './state.ts';

/** A quote may be dated this far ahead of our clock, because no two clocks agree. */
const CLOCK_TOLERANCE = MICROS_PER_SECOND;

/** Quotes older than this say nothing of what something is worth now. */
export function oldestQuote({ risk }: Pick<EngineConfig, 'risk'>): number {
  return risk.orders.maxQuoteAgeSeconds * MICROS_PER_SECOND;
}

/** The contract's quote when it has two sides that do not cross and is not older than `maxAge` (microseconds) at `at`. */
export function freshQuote(
  state: EngineState,
  underlying: UnderlyingState,
  symbol: string,
  at: Micros,
  maxAge: number,
): (Quote & { readonly bid: number; readonly ask: number }) | null {
  const quote = reliableQuote(state, underlying, symbol);
  if (quote === undefined) return null;
  const { bid, ask } = quote;
  const age = at - quote.at;
  if (bid === null || ask === null || ask < bid || age > maxAge || age < -CLOCK_TOLERANCE) return null;
  return { ...quote, bid, ask };
}

/** What prices the contract at `at`: its expiry, as strategies, exits and risk all see it; `null` while its underlying has no price. */
export function pricerOf(
  state: EngineState,
  contract: OptionContract,
  at: Micros,
  maxAge: number,
): ExpiryPricer | null {
  const underlying = state.underlyings.get(contract.underlying);
  if (underlying === undefined || underlying.spot === null || !(underlying.spot > 0)) return null;
  const { chain, spot, pricer } = underlying;
  const { expiry, root, settles, style } = contract;
  const pairs = (): ReturnType<typeof parityPairs> => {
    const quoted: QuotedSides[] = [];
    for (const listed of chain.seriesOf(contract)?.contracts ?? []) {
      const quote = freshQuote(state, underlying, listed.symbol, at, maxAge);
      if (quote !== null)
        quoted.push({ contract: listed, bid: quote.bid, ask: quote.ask, mid: (quote.bid + quote.ask) / 2 });
    }
    return parityPairs(quoted);
  };
  return pricer.expiry({ expiry, root, settles, style, at, spot, pairs });
}
