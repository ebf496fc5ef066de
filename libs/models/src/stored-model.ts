import { baselineModel } from './baseline-model.ts';
import { logisticSignalModel, parseLogisticModel } from './logistic-model.ts';
import type { SignalModel } from './signal.ts';
import { broken, parseObject } from './stored-fields.ts';

/**
 * Any model that was stored as text, ready for use.
 * @throws {TradingError} `INVALID_VALUE` when the text is no model that this version knows.
 */
export function parseSignalModel(text: string): SignalModel {
  const { kind, version, seed } = parseObject(text);
  if (kind === 'logistic') return logisticSignalModel(parseLogisticModel(text));
  if (kind !== 'baseline' || version !== 1) throw broken('kind and version', 'logistic or baseline, version 1');
  if (typeof seed !== 'number' && typeof seed !== 'string') throw broken('seed', 'a number or a text');
  return baselineModel(seed);
}
