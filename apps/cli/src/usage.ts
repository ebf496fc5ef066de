import { TradingError } from '@trading-agent/core';

/** A misuse of the command line that the option parser can't see. */
export function usage(message: string, hint: string): TradingError {
  return new TradingError('USAGE', message, { hint });
}
