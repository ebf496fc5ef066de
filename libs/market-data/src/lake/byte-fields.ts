import { TICKER, TICKER_MASK } from './kernel-layout.ts';
import { COMMA, NEWLINE, NEXT_ROW, type Registers, SLOW, cell, readByte, step } from './kernel-registers.ts';
import { type Code, block, bytes16, drop, i32, leave, leaveIf, loop, when } from './wasm-code.ts';

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

/** Where sixteen bytes of the row differ from the ticker's; the mask leaves out what lies behind its end. */
const otherBytes = (r: Registers, at: number): Code =>
  bytes16.and(
    bytes16.xor(bytes16.load(r.p.get, at), bytes16.load(i32.of(TICKER + at))),
    bytes16.load(i32.of(TICKER_MASK + at)),
  );

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
    ...leaveIf(back, bytes16.any(bytes16.or(otherBytes(r, 0), otherBytes(r, 16)))),
    ...r.p.set(i32.add(i32.add(r.p.get, r.tickerLength.get), i32.of(1))),
    ...when(r.skips.get, skipped),
  ];
}
