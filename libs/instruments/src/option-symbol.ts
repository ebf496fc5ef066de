import { type MarketDate, TradingError, marketDate } from '@trading-agent/core';

declare const optionSymbolBrand: unique symbol;

/**
 * An option in compact OCC/OSI form without vendor prefix and without padding: root, `YYMMDD`, `C` or `P`, strike times 1000 as
 * eight digits, for instance `GOOG151224C00750000`. It names the contract everywhere inside the project.
 */
export type OptionSymbol = string & { readonly [optionSymbolBrand]: true };

export type OptionRight = 'call' | 'put';

export interface OptionSymbolParts {
  /** OCC root: `GOOG`, `SPXW`, adjusted ones end in a digit: `SDS1`. */
  readonly root: string;
  /** Expiration date as the symbol carries it (a Saturday for monthlies before February 2015). */
  readonly expiry: MarketDate;
  readonly right: OptionRight;
  /** Dollars per share, a multiple of 0.001. */
  readonly strike: number;
}

const COMPACT = /^(?:O:)?([A-Z][A-Z0-9]{0,5}?)( *)(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;

function invalid(text: string, why: string): TradingError {
  return new TradingError('INVALID_SYMBOL', `"${text}" is not an OCC option symbol: ${why}`, {
    hint: 'Expected root, YYMMDD, C or P and the strike in eight digits, for instance O:GOOG151224C00750000.',
    details: { symbol: text },
  });
}

/**
 * Reads a symbol with or without the `O:` prefix, compact or in the 21-character padded OSI form.
 * Two-digit years are 2000-2099 (listed options with OSI symbols exist since 2010).
 * @throws {TradingError} `INVALID_SYMBOL` when it is not one.
 */
export function parseOptionSymbol(text: string): OptionSymbolParts {
  const match = COMPACT.exec(text);
  if (!match) throw invalid(text, 'wrong form');
  const [, root = '', padding = '', year, month, day, right, strike] = match;
  if (padding !== '' && root.length + padding.length !== 6) throw invalid(text, 'the root is not padded to six');
  let expiry: MarketDate;
  try {
    expiry = marketDate(`20${year}-${month}-${day}`);
  } catch (cause) {
    throw new TradingError('INVALID_SYMBOL', `"${text}" is not an OCC option symbol: no such expiry date`, {
      cause,
      details: { symbol: text },
    });
  }
  const thousandths = Number(strike);
  if (thousandths === 0) throw invalid(text, 'strike is zero');
  return { root, expiry, right: right === 'C' ? 'call' : 'put', strike: thousandths / 1000 };
}

/**
 * The compact symbol of its parts; inverse of `parseOptionSymbol`.
 * @throws {TradingError} `INVALID_SYMBOL` when a part does not fit the form (root, year, strike grid).
 */
export function formatOptionSymbol(parts: OptionSymbolParts): OptionSymbol {
  const thousandths = Math.round(parts.strike * 1000);
  const text = `${parts.root}${parts.expiry.slice(2).replaceAll('-', '')}${parts.right === 'call' ? 'C' : 'P'}${String(thousandths).padStart(8, '0')}`;
  if (!parts.expiry.startsWith('20')) throw invalid(text, `expiry ${parts.expiry} is outside 2000-2099`);
  if (Math.abs(thousandths - parts.strike * 1000) > 1e-6)
    throw invalid(text, `strike ${parts.strike} is not a multiple of 0.001`);
  if (!COMPACT.test(text) || thousandths <= 0) throw invalid(text, 'a part does not fit');
  return text as OptionSymbol;
}

/** The compact form of any accepted spelling. @throws {TradingError} `INVALID_SYMBOL`. */
export function optionSymbol(text: string): OptionSymbol {
  return formatOptionSymbol(parseOptionSymbol(text));
}

/** Polygon/Massive spelling: `O:GOOG151224C00750000`. */
export function polygonOptionTicker(symbol: OptionSymbol): string {
  return `O:${symbol}`;
}

/** The 21-character OSI form with the root padded to six: `GOOG  151224C00750000`. */
export function osiSymbol(symbol: OptionSymbol): string {
  return symbol.slice(0, -15).padEnd(6, ' ') + symbol.slice(-15);
}

const SYMBOL = /^[A-Z][A-Z0-9]{0,5}\d{6}[CP]\d{8}$/;

/** Whether a ticker of the project has the form of an option's symbol; a stock or an index has not. */
export function isOptionSymbol(ticker: string): ticker is OptionSymbol {
  return SYMBOL.test(ticker);
}
