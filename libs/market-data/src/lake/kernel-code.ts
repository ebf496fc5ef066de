import { skippedField, textField, textsUsed, tickerField } from './byte-fields.ts';
import type { ColumnType } from './feeds.ts';
import { type KernelField, type Layout, OUT_AT, OUT_FIELD, OUT_FILTERED, OUT_ROW, STATUS } from './kernel-layout.ts';
import { COMMA, EXIT, NEWLINE, NEXT_ROW, type Registers, newRegisters } from './kernel-registers.ts';
import { SEEN, USUAL_WIDTH, decimalField, integerField, longField, lookAhead } from './number-fields.ts';
import { GROUP_ROWS, TEXT_SOFT_LIMIT } from './row-group.ts';
import { type Code, block, i32, leave, leaveIf, loop } from './wasm-code.ts';

/** The module that reads rows of these fields. */
export function kernelOf(fields: readonly KernelField[], layout: Layout): Uint8Array<ArrayBuffer> {
  const { locals, registers: r } = newRegisters();
  const texts = fields.flatMap((field, index) =>
    field.kind === 'column' && field.type === 'text' ? [layout.column[index] ?? 0] : [],
  );
  /** Bytes of those looked at that the fields behind the cursor may take. */
  let seen = 0;
  const body = fields.map((field, index) => {
    const stop = index === fields.length - 1 ? NEWLINE : COMMA;
    const column = layout.column[index] ?? 0;
    if (field.kind !== 'column' || field.type === 'text') {
      seen = 0;
      if (field.kind === 'skip') return skippedField(r, stop);
      if (field.kind === 'ticker') return tickerField(r, stop, index === 0);
      return textField(r, stop, column, layout.text[index] ?? 0);
    }
    const looks = seen < USUAL_WIDTH[field.type];
    seen = (looks ? SEEN : seen) - USUAL_WIDTH[field.type];
    return [...(looks ? lookAhead(r) : []), ...numberField(r, { ...field, type: field.type }, stop, column)];
  });
  const rows = loop(
    leaveIf(EXIT, i32.geU(r.at.get, r.end.get)),
    r.status.set(i32.of(STATUS.full)),
    leaveIf(EXIT, i32.geU(r.row.get, i32.of(GROUP_ROWS))),
    ...texts.map((ends) => leaveIf(EXIT, i32.gtU(textsUsed(r, ends), i32.of(TEXT_SOFT_LIMIT)))),
    r.status.set(i32.of(STATUS.done)),
    r.p.set(r.at.get),
    ...body,
    r.at.set(r.p.get),
    r.row.set(i32.add(r.row.get, i32.of(1))),
    leave(NEXT_ROW),
  );
  return locals.module(
    [
      block(
        block(block(rows), r.status.set(i32.of(STATUS.ticker)), i32.store(i32.of(OUT_FIELD), r.p.get), leave(1)),
        r.status.set(i32.of(STATUS.slow)),
      ),
      i32.store(i32.of(OUT_AT), r.at.get),
      i32.store(i32.of(OUT_ROW), r.row.get),
      i32.store(i32.of(OUT_FILTERED), r.filtered.get),
    ].flat(),
    r.status.get,
    layout.pages,
  );
}

type NumberField = Extract<KernelField, { readonly kind: 'column' }> & { readonly type: Exclude<ColumnType, 'text'> };

function numberField(r: Registers, field: NumberField, stop: number, column: number): Code {
  switch (field.type) {
    case 'f64':
      return decimalField(r, stop, field.required, column);
    case 'i32':
      return integerField(r, stop, field.required, column);
    case 'i64':
      return longField(r, stop, field.required, field.isTime, column);
  }
}
