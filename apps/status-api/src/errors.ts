import { ERROR_CODES, type TradingError } from '@trading-agent/core';

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

export function errorBody(code: string, message: string, hint: string | null = null): ErrorBody {
  return { error: { code, message, hint } };
}

/** The HTTP status that says the same as the error's code. */
export function httpStatus(error: TradingError): 400 | 500 | 503 | 504 {
  if (error.code === 'TIMEOUT') return 504;
  if (error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_START_FAILED') return 503;
  if (error.code === 'INVALID_VALUE' || error.code === 'OUT_OF_RANGE' || error.code === 'INVALID_DATE') return 400;
  return ERROR_CODES[error.code].retry ? 503 : 500;
}
