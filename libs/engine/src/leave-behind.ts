import { lastTradingDay } from '@trading-agent/calendar';
import { isOptionSymbol, sideOf, sign } from '@trading-agent/instruments';
import type { SessionRecord } from './session-record.ts';
import type { EngineState } from './state.ts';
import { toBeCarried } from './structure-position.ts';

/** What the session leaves to the next one of its account, as it stands. */
export function recordOf(state: EngineState): SessionRecord {
  const structures = [...state.structures.values()].filter(({ open, foreign }) => open > 0 && !foreign);
  const measured = [...state.underlyings.values()].flatMap(({ symbol, implied }) =>
    implied === null ? [] : [[symbol, implied] as const],
  );
  return {
    structures: structures.map(toBeCarried),
    shares: Object.fromEntries([...state.ownShares].filter(([, quantity]) => quantity !== 0)),
    shareCosts: Object.fromEntries(
      [...state.shareCosts].filter(([ticker]) => (state.ownShares.get(ticker) ?? 0) !== 0),
    ),
    leaving: Object.fromEntries(state.leaving),
    foreign: foreignNow(state),
    structureCount: state.structureCount,
    closedTrades: state.closedTrades.slice(state.pastTrades),
    volatility: Object.fromEntries(measured),
    endingAt: endingAt(state),
    unsettled: state.unsettled,
  };
}

function endingAt({ structures, session, underlyings }: EngineState): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { underlying, contracts, open, foreign } of structures.values()) {
    const spot = underlyings.get(underlying)?.spot ?? null;
    if (open === 0 || foreign || spot === null) continue;
    if (contracts.some(({ expiry, settles }) => lastTradingDay(expiry, settles) === session.date))
      found[underlying] = spot;
  }
  return found;
}

/** Foreign shares, and what of the foreign options has not been closed. */
function foreignNow(state: EngineState): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [symbol, quantity] of Object.entries(state.foreign))
    if (!isOptionSymbol(symbol) && quantity !== 0) found[symbol] = quantity;
  for (const { foreign, open, legs } of state.structures.values()) {
    const [leg] = legs;
    if (foreign && open > 0 && leg !== undefined) found[leg.symbol] = sign(sideOf(leg.intent)) * open;
  }
  return found;
}
