import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StrategyName, StrategySettings } from '@trading-agent/config';
import { TradingError } from '@trading-agent/core';
import type { StrategyFunction, StrategyFunctions } from './rank.ts';

/** Name under which a strategy's file exports its function. */
const EXPORT = 'accept';

/**
 * The functions of the user's own strategies: `NAME.ts` beside `NAME.yaml`, where there is one. They are loaded once, before anything is
 * decided.
 * @param folder of the strategies
 * @param own strategies by name, as the settings hold them
 * @throws {TradingError} `STRATEGY_BROKEN` when a file can't be loaded or exports no function `accept`.
 */
export async function loadStrategyFunctions(
  folder: string,
  own: Readonly<Record<StrategyName, StrategySettings>>,
): Promise<StrategyFunctions> {
  const functions = new Map<StrategyName, StrategyFunction>();
  for (const name of Object.keys(own)) {
    const path = join(folder, `${name}.ts`);
    if (existsSync(path)) functions.set(name, guarded(name, await load(name, path)));
  }
  return functions;
}

async function load(name: string, path: string): Promise<StrategyFunction> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw broken(name, `strategies/${name}.ts can't be loaded: ${messageOf(cause)}`, cause);
  }
  const found: unknown = typeof module === 'object' && module !== null && EXPORT in module ? module[EXPORT] : undefined;
  if (!isFunction(found)) throw broken(name, `strategies/${name}.ts exports no function "${EXPORT}"`);
  return found;
}

/** A function that fails or answers with something else says no: a defect of a strategy opens no position. */
function guarded(name: string, ask: StrategyFunction): StrategyFunction {
  return (question) => {
    try {
      const answer: unknown = ask(question);
      if (answer === true) return true;
      return typeof answer === 'string' ? answer : `${name} answered ${typeof answer}, expected true or a text`;
    } catch (error) {
      return `${name} failed: ${messageOf(error)}`;
    }
  };
}

function isFunction(value: unknown): value is StrategyFunction {
  return typeof value === 'function';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function broken(name: string, message: string, cause?: unknown): TradingError {
  return new TradingError('STRATEGY_BROKEN', message, {
    hint: `Mend the file, or take it away: without it ${name} is traded by its YAML alone.`,
    details: { strategy: name },
    ...(cause === undefined ? {} : { cause }),
  });
}
