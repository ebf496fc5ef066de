import { below, bytesEqual, digitValues, eightDigits, noDigits, padded } from './digit-words.ts';
import { NO_INT, NO_LONG } from './feeds.ts';
import { DAY_FROM, DAY_TO, MAX_DECIMALS, POWERS } from './kernel-layout.ts';
import { COMMA, type Registers, SLOW, cell, readByte, step } from './kernel-registers.ts';
import { type Code, block, bytes16, either, f64, i32, i64, leave, leaveIf, loop, when } from './wasm-code.ts';

const POINT = 46;

const isDigit = (r: Registers): Code => i32.ltU(i32.sub(r.byte.get, i32.of(48)), i32.of(10));

/** Digits one by one into `value`; `byte` is the first that is none. */
function digits(r: Registers): Code {
  return block(
    loop(
      readByte(r),
      leaveIf(1, i32.isZero(isDigit(r))),
      r.value.set(i64.add(i64.mul(r.value.get, i64.of(10n)), i64.from32(i32.sub(r.byte.get, i32.of(48))))),
      step(r),
      leave(0),
    ),
  );
}

/** Bytes in which `lookAhead` finds the ends of fields, and how many of them a field of each type mostly takes, its end included. */
export const SEEN = 64;
export const USUAL_WIDTH = { f64: 7, i32: 4, i64: 20 } as const;

/**
 * Marks what may end a field in the next 64 bytes: the field readers then know their ends without waiting for each other. All bytes up to the
 * comma are marked, which takes line ends, quotes and signs too: what it is, the reader looks at.
 */
export function lookAhead(r: Registers): Code {
  const part = (at: number): Code =>
    i64.shl(
      i64.from32(bytes16.highBits(bytes16.below(bytes16.load(r.p.get, at), bytes16.every(COMMA + 1)))),
      i64.of(BigInt(at)),
    );
  return [...r.seen.set(r.p.get), ...r.ends.set(i64.or(i64.or(part(0), part(16)), i64.or(part(32), part(48))))];
}

/** Where the field ends into `stopAt`, if that has been seen, and the end taken from the marks. */
const nextEnd = (r: Registers): Code => [
  ...r.stopAt.set(i32.add(r.seen.get, i64.to32(i64.trailingZeros(r.ends.get)))),
  ...r.ends.set(i64.and(r.ends.get, i64.sub(r.ends.get, i64.of(1n)))),
];

/** The field as `word` and its bits as `value`, when it is one to seven bytes and `stop` behind them; otherwise out of the block. */
const shortField = (r: Registers, stop: number): Code => [
  ...nextEnd(r),
  ...r.count.set(i32.sub(r.stopAt.get, r.p.get)),
  ...leaveIf(0, i32.geU(i32.sub(r.count.get, i32.of(1)), i32.of(7))),
  ...leaveIf(0, i32.ne(i32.load8(r.stopAt.get), i32.of(stop))),
  ...r.word.set(i64.load(r.p.get)),
  ...r.value.set(i64.shl(i64.from32(r.count.get), i64.of(3n))),
];

const behindStop = (r: Registers): Code => r.p.set(i32.add(r.stopAt.get, i32.of(1)));

export function decimalField(r: Registers, stop: number, required: boolean, column: number): Code {
  const write = (value: Code): Code => f64.store(cell(r, column, 3), value);
  const power = f64.load(i32.shl(r.count.get, i32.of(3)), POWERS);
  const quick: Code = [
    // Inside: block (quick), so that everything else goes on behind it.
    ...shortField(r, stop),
    // The point, if it lies before the end.
    ...r.found.set(i64.and(bytesEqual(r.word.get, POINT, r.other), below(r.value.get))),
    ...r.count.set(i32.of(0)),
    ...when(
      i64.ne(r.found.get, i64.of(0n)),
      r.found.set(i64.and(i64.trailingZeros(r.found.get), i64.of(0x38n))),
      r.count.set(i32.sub(i32.shr(i64.to32(i64.sub(r.value.get, r.found.get)), i32.of(3)), i32.of(1))),
      // Neither side of the point may be empty.
      leaveIf(1, i32.isZero(r.count.get)),
      leaveIf(1, i64.isZero(r.found.get)),
      r.word.set(
        i64.or(
          i64.and(r.word.get, below(r.found.get)),
          i64.shl(i64.shr(i64.shr(r.word.get, r.found.get), i64.of(8n)), r.found.get),
        ),
      ),
      r.value.set(i64.sub(r.value.get, i64.of(8n))),
    ),
    ...r.word.set(padded(digitValues(r.word.get), r.value.get)),
    ...leaveIf(0, i64.ne(noDigits(r.word), i64.of(0n))),
    ...write(f64.div(f64.from64(eightDigits(r.word.get)), power)),
    ...behindStop(r),
    ...leave(1),
  ];
  return block(
    block(quick),
    r.start.set(r.p.get),
    r.value.set(i64.of(0n)),
    r.count.set(i32.of(0)),
    digits(r),
    when(
      i32.eq(r.byte.get, i32.of(POINT)),
      leaveIf(SLOW + 2, i32.eq(r.p.get, r.start.get)),
      step(r),
      r.point.set(r.p.get),
      digits(r),
      r.count.set(i32.sub(r.p.get, r.point.get)),
      leaveIf(SLOW + 2, i32.isZero(r.count.get)),
    ),
    leaveIf(SLOW + 1, i32.ne(r.byte.get, i32.of(stop))),
    leaveIf(SLOW + 1, i32.gtU(i32.sub(r.p.get, r.start.get), i32.of(MAX_DECIMALS))),
    either(
      i32.eq(r.p.get, r.start.get),
      [required ? leave(SLOW + 2) : i64.store(cell(r, column, 3), i64.of(0x7ff8_0000_0000_0000n))],
      [write(f64.div(f64.from64(r.value.get), power))],
    ),
    step(r),
  );
}

/** At most so many digits up to `stop`: into `value`, and then `write`; `none` when there is not one. Inside of one block. */
function wholeNumber(r: Registers, stop: number, mostDigits: number, none: Code, write: Code): readonly Code[] {
  return [
    r.start.set(r.p.get),
    r.value.set(i64.of(0n)),
    digits(r),
    leaveIf(SLOW + 1, i32.ne(r.byte.get, i32.of(stop))),
    leaveIf(SLOW + 1, i32.gtU(i32.sub(r.p.get, r.start.get), i32.of(mostDigits))),
    either(i32.eq(r.p.get, r.start.get), [none], [write]),
    step(r),
  ];
}

export function integerField(r: Registers, stop: number, required: boolean, column: number): Code {
  const write = (value: Code): Code => i32.store(cell(r, column, 2), value);
  const quick: Code = [
    ...shortField(r, stop),
    ...r.word.set(padded(digitValues(r.word.get), r.value.get)),
    ...leaveIf(0, i64.ne(noDigits(r.word), i64.of(0n))),
    ...write(i64.to32(eightDigits(r.word.get))),
    ...behindStop(r),
    ...leave(1),
  ];
  return block(
    block(quick),
    ...wholeNumber(r, stop, 9, required ? leave(SLOW + 2) : write(i32.of(NO_INT)), write(i64.to32(r.value.get))),
  );
}

/** Nanoseconds that fit: 19 digits up to here. */
const MOST_NANOS = 9_000_000_000_999_999_999n;

export function longField(r: Registers, stop: number, required: boolean, isTime: boolean, column: number): Code {
  const write = (value: Code): Code => i64.store(cell(r, column, 3), value);
  const inDay = isTime
    ? [
        ...leaveIf(SLOW + 2, i64.ltU(r.value.get, i64.load(i32.of(DAY_FROM)))),
        ...leaveIf(SLOW + 2, i64.geU(r.value.get, i64.load(i32.of(DAY_TO)))),
      ]
    : leaveIf(SLOW + 2, i64.gtU(r.value.get, i64.of(MOST_NANOS)));
  const nineteen: Code = [
    ...nextEnd(r),
    ...leaveIf(0, i32.ne(i32.load8(r.p.get, 19), i32.of(stop))),
    ...r.word.set(digitValues(i64.load(r.p.get))),
    ...r.other.set(digitValues(i64.load(r.p.get, 8))),
    ...r.found.set(padded(digitValues(i64.load(r.p.get, 16)), i64.of(24n))),
    ...leaveIf(0, i64.ne(i64.or(i64.or(noDigits(r.word), noDigits(r.other)), noDigits(r.found)), i64.of(0n))),
    ...r.value.set(
      i64.add(
        i64.add(
          i64.mul(eightDigits(r.word.get), i64.of(100_000_000_000n)),
          i64.mul(eightDigits(r.other.get), i64.of(1_000n)),
        ),
        eightDigits(r.found.get),
      ),
    ),
    ...inDay,
    ...write(r.value.get),
    ...r.p.set(i32.add(r.p.get, i32.of(20))),
    ...leave(1),
  ];
  const other: readonly Code[] = isTime
    ? [leave(SLOW + 1)]
    : wholeNumber(r, stop, 18, required ? leave(SLOW + 2) : write(i64.of(NO_LONG)), write(r.value.get));
  return block(block(nineteen), ...other);
}
