import { TradingError } from '@trading-agent/core';
import type { Quarantine } from './quarantine.ts';
import { textLines } from './text-lines.ts';

/** The fields of one row in the order of the columns that were asked for; an optional column that the file lacks is an empty text. */
export type CsvFields = readonly string[];

export interface CsvColumns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/** Why a row can't be used. A value, not an error: one bad row says nothing about the next. */
export type RowProblem = string;

/**
 * Reads a CSV file with a header row (RFC 4180 without line breaks inside fields) and hands each row's fields to `row`, mapped by column
 * name. A row that has another number of fields than the header, or about which `row` returns a problem, is quarantined.
 * @throws {TradingError} `DATA_FILE_BROKEN` for a missing required column, an empty or an unreadable file.
 */
export async function readCsv(
  file: string,
  columns: CsvColumns,
  quarantine: Quarantine,
  row: (fields: CsvFields) => RowProblem | undefined,
): Promise<void> {
  let width = 0;
  let positions: readonly number[] = [];
  for await (const batch of textLines(file)) {
    for (const [offset, text] of batch.lines.entries()) {
      const line = batch.first + offset;
      if (line === 1) {
        const header = splitRow(text) ?? [];
        width = header.length;
        positions = columnPositions(file, header, columns);
        continue;
      }
      if (text.length === 0) continue;
      const cells = splitRow(text);
      let problem: RowProblem | undefined;
      if (cells === undefined) problem = 'a quoted field is not closed';
      else if (cells.length !== width) problem = `expected ${width} fields, found ${cells.length}`;
      else problem = row(positions.map((position) => cells[position] ?? ''));
      if (problem !== undefined) quarantine.add(file, line, problem, text);
    }
  }
  if (width === 0) columnPositions(file, [], columns);
}

function columnPositions(file: string, header: readonly string[], columns: CsvColumns): readonly number[] {
  const missing = columns.required.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new TradingError(
      'DATA_FILE_BROKEN',
      `${file}: line 1 lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
      {
        hint: `Expected a header row with ${columns.required.join(',')}.`,
        details: { file, line: 1, missing },
      },
    );
  }
  return [...columns.required, ...(columns.optional ?? [])].map((name) => header.indexOf(name));
}

/** The fields of a row, quotes removed; `undefined` when a quoted field does not end. */
export function splitRow(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at);
      fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
      if (end < 0) return fields;
      at = end + 1;
      continue;
    }
    let field = '';
    for (;;) {
      const end = text.indexOf('"', at + 1);
      if (end < 0) return undefined;
      field += text.slice(at + 1, end);
      at = end + 1;
      if (text[at] !== '"') break;
      field += '"';
    }
    fields.push(field);
    if (at >= text.length) return fields;
    if (text[at] !== ',') return undefined;
    at += 1;
  }
}
