import { type Json, micros, TradingError } from '@trading-agent/core';
import type { TrainingReport } from '@trading-agent/training';
import { member } from './plain-json.ts';

/**
 * A training report as it was stored with its model (`plainJson`).
 * @throws {TradingError} `DATA_FILE_BROKEN` naming the member that is not as written.
 */
export function readReport(json: Json | undefined): TrainingReport {
  const report = new Reader(json, 'report');
  return {
    id: report.text('id'),
    trainedAt: micros(report.number('trainedAt')),
    symbols: report.list('symbols').map((symbol) => symbol.asText()),
    horizonMinutes: report.number('horizonMinutes'),
    embargoMinutes: report.number('embargoMinutes'),
    seed: report.textOrNumber('seed'),
    rows: report.number('rows'),
    upShare: report.number('upShare'),
    folds: report.list('folds').map((fold) => ({
      trainRows: fold.number('trainRows'),
      purgedRows: fold.number('purgedRows'),
      validateRows: fold.number('validateRows'),
      from: micros(fold.number('from')),
      to: micros(fold.number('to')),
    })),
    candidates: report.list('candidates').map((candidate) => {
      const validation = candidate.inside('validation');
      return {
        name: candidate.text('name'),
        modelId: candidate.text('modelId'),
        validation: {
          accuracy: validation.number('accuracy'),
          precision: validation.number('precision'),
          recall: validation.number('recall'),
          f1: validation.number('f1'),
          logLoss: validation.number('logLoss'),
          areaUnderCurve: validation.isNull('areaUnderCurve') ? null : validation.number('areaUnderCurve'),
          meanConfidence: validation.number('meanConfidence'),
        },
        importance: candidate
          .list('importance')
          .map((entry) => ({ feature: entry.text('feature'), weight: entry.number('weight') })),
      };
    }),
    champion: report.text('champion'),
  };
}

class Reader {
  readonly #json: Json | undefined;
  readonly #path: string;

  constructor(json: Json | undefined, path: string) {
    this.#json = json;
    this.#path = path;
  }

  inside(key: string): Reader {
    return new Reader(member(this.#json, key), `${this.#path}.${key}`);
  }

  isNull(key: string): boolean {
    return member(this.#json, key) === null;
  }

  text(key: string): string {
    return this.inside(key).asText();
  }

  asText(): string {
    if (typeof this.#json !== 'string') throw this.#broken('a text');
    return this.#json;
  }

  number(key: string): number {
    const value = member(this.#json, key);
    if (typeof value !== 'number') throw this.inside(key).#broken('a number');
    return value;
  }

  textOrNumber(key: string): string | number {
    return typeof member(this.#json, key) === 'number' ? this.number(key) : this.text(key);
  }

  list(key: string): readonly Reader[] {
    const items = member(this.#json, key);
    if (!Array.isArray(items)) throw this.inside(key).#broken('a list');
    return items.map((item: Json, index) => new Reader(item, `${this.#path}.${key}[${index}]`));
  }

  #broken(expected: string): TradingError {
    return new TradingError(
      'DATA_FILE_BROKEN',
      `Expected ${expected} as ${this.#path}, was ${JSON.stringify(this.#json)}`,
      {
        hint: 'The stored training report is damaged; train again.',
        details: { path: this.#path },
      },
    );
  }
}
