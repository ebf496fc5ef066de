import { below } from './digit-words.ts';
import { TICKER } from './kernel-layout.ts';
import { COMMA, NEWLINE, NEXT_ROW, type Registers, SLOW, cell, readByte, step } from './kernel-registers.ts';
import { type Code, block, drop, i32, i64, leave, leaveIf, loop, when } from './wasm-code.ts';

const QUOTE = 34;
const RETURN = 13;

/** Moves to the byte that ends the field or is none of a plain one. */
function scan(r: Registers): Code {
  const over = [COMMA, NEWLINE, QUOTE, RETURN];
  return block(
    loop(
      readByte(r),
      leaveIf(1, i32.eq(r.byte.get, i32.of(over[0] ?? 0))),
      leaveIf(1, i32.eq(r.byte.get, i32.of(over[1] ?? 0))),
      leaveIf(1, i32.eq(r.byte.get, i32.of(over[2] ?? 0))),
      leaveIf(1, i32.eq(r.byte.get, i32.of(over[3] ?? 0))),
      step(r),
      leave(0),
    ),
  );
}

/** A field that nobody wants. */
export const skippedField = (r: Registers, stop: number): Code => [
  ...scan(r),
  ...leaveIf(SLOW, i32.ne(r.byte.get, i32.of(stop))),
  ...step(r),
];

/** Bytes of text that the rows of the group before this one have. */
export const textsUsed = (r: Registers, ends: number): Code => [
  ...r.used.set(i32.of(0)),
  ...when(i32.ne(r.row.get, i32.of(0)), r.used.set(i32.load(i32.shl(i32.sub(r.row.get, i32.of(1)), i32.of(2)), ends))),
  ...r.used.get,
];

export function textField(r: Registers, stop: number, ends: number, text: number): Code {
  return [
    ...drop(textsUsed(r, ends)),
    ...r.start.set(r.p.get),
    ...scan(r),
    ...leaveIf(SLOW, i32.ne(r.byte.get, i32.of(stop))),
    ...block(
      loop(
        leaveIf(1, i32.geU(r.start.get, r.p.get)),
        i32.store8(r.used.get, i32.load8(r.start.get), text),
        r.used.set(i32.add(r.used.get, i32.of(1))),
        r.start.set(i32.add(r.start.get, i32.of(1))),
        leave(0),
      ),
    ),
    ...i32.store(cell(r, ends, 2), r.used.get),
    ...step(r),
  ];
}

/** The ticker of the row before again, or back to the caller. */
export function tickerField(r: Registers, stop: number, isFirst: boolean): Code {
  const back = 1;
  const skipped: Code = isFirst
    ? [
        ...block(loop(readByte(r), step(r), leaveIf(1, i32.eq(r.byte.get, i32.of(NEWLINE))), leave(0))),
        ...r.filtered.set(i32.add(r.filtered.get, i32.of(1))),
        ...r.at.set(r.p.get),
        ...leave(NEXT_ROW + 1),
      ]
    : leave(SLOW + 1);
  return [
    ...leaveIf(back, i32.isZero(r.tickerLength.get)),
    ...leaveIf(back, i32.ne(i32.load8(i32.add(r.p.get, r.tickerLength.get)), i32.of(stop))),
    ...r.count.set(i32.of(0)),
    ...r.found.set(i64.of(0n)),
    ...block(
      loop(
        leaveIf(1, i32.gtU(i32.add(r.count.get, i32.of(8)), r.tickerLength.get)),
        r.found.set(
          i64.or(r.found.get, i64.xor(i64.load(i32.add(r.p.get, r.count.get)), i64.load(r.count.get, TICKER))),
        ),
        r.count.set(i32.add(r.count.get, i32.of(8))),
        leave(0),
      ),
    ),
    // The bytes that do not fill a word.
    ...r.value.set(i64.shl(i64.from32(i32.sub(r.tickerLength.get, r.count.get)), i64.of(3n))),
    ...r.found.set(
      i64.or(
        r.found.get,
        i64.and(i64.xor(i64.load(i32.add(r.p.get, r.count.get)), i64.load(r.count.get, TICKER)), below(r.value.get)),
      ),
    ),
    ...leaveIf(back, i64.ne(r.found.get, i64.of(0n))),
    ...r.p.set(i32.add(i32.add(r.p.get, r.tickerLength.get), i32.of(1))),
    ...when(r.skips.get, skipped),
  ];
}
