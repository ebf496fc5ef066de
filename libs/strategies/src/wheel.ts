import type { StrategyName } from '@trading-agent/config';
import { TradingError } from '@trading-agent/core';

/** Where the wheel on one underlying stands. Money per share in dollars. */
export type WheelState =
  /** Nothing is held: the next step sells a cash-secured put. */
  | { readonly phase: 'cash'; readonly premium: number }
  | { readonly phase: 'put-sold'; readonly strike: number; readonly premium: number }
  /** Shares were assigned or bought: the next step sells a covered call. `basis` is what a share cost after all premiums. */
  | { readonly phase: 'shares'; readonly basis: number; readonly premium: number }
  | { readonly phase: 'call-sold'; readonly strike: number; readonly basis: number; readonly premium: number };

/** What happens to a wheel. `credit` and `debit` are premiums per share, positive. */
export type WheelEvent =
  | { readonly kind: 'put-sold'; readonly strike: number; readonly credit: number }
  | { readonly kind: 'call-sold'; readonly strike: number; readonly credit: number }
  /** The option was bought back, or expired for nothing (`debit` 0). */
  | { readonly kind: 'option-ended'; readonly debit: number }
  /** The put was exercised: shares came at its strike. */
  | { readonly kind: 'assigned' }
  /** The call was exercised: the shares went at its strike. */
  | { readonly kind: 'called-away' };

export const NEW_WHEEL: WheelState = { phase: 'cash', premium: 0 };

/**
 * The wheel's next state; `premium` is everything received less everything paid since it began, and lowers the basis of shares.
 * @throws {TradingError} `INVALID_VALUE` for an event that cannot happen in this state.
 */
export function turnWheel(state: WheelState, event: WheelEvent): WheelState {
  switch (event.kind) {
    case 'put-sold':
      if (state.phase === 'cash')
        return { phase: 'put-sold', strike: event.strike, premium: state.premium + event.credit };
      break;
    case 'call-sold':
      if (state.phase === 'shares')
        return {
          phase: 'call-sold',
          strike: event.strike,
          basis: state.basis - event.credit,
          premium: state.premium + event.credit,
        };
      break;
    case 'option-ended':
      if (state.phase === 'put-sold') return { phase: 'cash', premium: state.premium - event.debit };
      if (state.phase === 'call-sold')
        return { phase: 'shares', basis: state.basis + event.debit, premium: state.premium - event.debit };
      break;
    case 'assigned':
      if (state.phase === 'put-sold')
        return { phase: 'shares', basis: state.strike - state.premium, premium: state.premium };
      break;
    case 'called-away':
      if (state.phase === 'call-sold') return { phase: 'cash', premium: state.premium };
      break;
  }
  throw new TradingError('INVALID_VALUE', `A wheel in phase ${state.phase} can't take the event ${event.kind}`);
}

/** The strategy that the wheel opens next, `null` while one of its options is open. */
export function nextOfWheel(state: WheelState): StrategyName | null {
  return state.phase === 'cash' ? 'cash-secured-put' : state.phase === 'shares' ? 'covered-call' : null;
}

/**
 * The wheel as the holdings of an account show it. While shares are there no further put is sold, while none are no call.
 * @param shares that cover nothing yet
 */
export function wheelAllows(strategy: StrategyName, shares: number): boolean {
  if (strategy === 'cash-secured-put') return shares < 100;
  return strategy === 'covered-call' ? shares >= 100 : true;
}
