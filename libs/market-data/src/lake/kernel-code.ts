import { type ColumnType, NO_INT, NO_LONG } from './feeds.ts';
import { GROUP_ROWS, TEXT_SOFT_LIMIT, textBytes } from './row-group.ts';
import {
  type Code,
  type Local,
  Locals,
  block,
  drop,
  either,
  f64,
  i32,
  i64,
  leave,
  leaveIf,
  local,
  loop,
  when,
} from './wasm-code.ts';

/** A field of the file: the ticker, a column of the table, or something that nobody wants. */
export type KernelField =
  | { readonly kind: 'ticker' }
  | { readonly kind: 'skip' }
  | {
      readonly kind: 'column';
      readonly type: ColumnType;
      readonly required: boolean;
      /** Nanoseconds that must lie in the day. */
      readonly isTime: boolean;
    };

/** Why the kernel came back. */
export const STATUS = { done: 0, full: 1, ticker: 2, slow: 3 } as const;

/** Most bytes of one file that are parsed at a time, line ends included. */
export const MOST_INPUT = 512 * 1024;
/** The kernel loads whole words and may look so far behind the last line. */
const SLACK = 64;
/** Tickers are held in words of eight bytes. */
export const MOST_TICKER = 56;

export const POWERS = 0;
export const MAX_DECIMALS = 15;
export const DAY_FROM = 128;
export const DAY_TO = 136;
export const OUT_AT = 144;
export const OUT_ROW = 148;
export const OUT_FILTERED = 152;
export const OUT_FIELD = 156;
export const TICKER = 192;
const COLUMNS = 256;

const WIDTH = { f64: 8, i32: 4, i64: 8, text: 4 } as const;

export interface Layout {
  /** By field: where its column begins; -1 for a field without one. */
  readonly column: readonly number[];
  /** By field: where the bytes of a text column begin. */
  readonly text: readonly number[];
  readonly input: number;
  readonly pages: number;
}

export function layoutOf(fields: readonly KernelField[]): Layout {
  let at = COLUMNS;
  const column: number[] = [];
  const text: number[] = [];
  for (const field of fields) {
    if (field.kind !== 'column') {
      column.push(-1);
      text.push(-1);
      continue;
    }
    column.push(at);
    at += GROUP_ROWS * WIDTH[field.type];
    text.push(field.type === 'text' ? at : -1);
    if (field.type === 'text') at += textBytes;
  }
  return { column, text, input: at, pages: Math.ceil((at + MOST_INPUT + SLACK) / 65_536) };
}

const every = (byte: number): bigint => BigInt.asUintN(64, 0x01_01_01_01_01_01_01_01n * BigInt(byte));
const HIGH_NIBBLES = every(0xf0);
const ZEROS = every(0x30);
const COMMA = 44;
const NEWLINE = 10;
const QUOTE = 34;
const RETURN = 13;
const POINT = 46;

interface Registers {
  readonly at: Local;
  readonly end: Local;
  readonly row: Local;
  readonly tickerLength: Local;
  readonly skips: Local;
  /** Cursor in the row. */
  readonly p: Local;
  readonly byte: Local;
  readonly start: Local;
  readonly point: Local;
  readonly count: Local;
  readonly filtered: Local;
  readonly status: Local;
  readonly used: Local;
  readonly word: Local;
  readonly other: Local;
  readonly found: Local;
  readonly value: Local;
}

/** Where a jump leads, counted from the body of the row loop. */
const NEXT_ROW = 0;
const SLOW = 2;
const EXIT = 3;

/** The module that reads rows of these fields. */
export function kernelOf(fields: readonly KernelField[], layout: Layout): Uint8Array<ArrayBuffer> {
  const locals = new Locals(5);
  const r: Registers = {
    at: local(0),
    end: local(1),
    row: local(2),
    tickerLength: local(3),
    skips: local(4),
    p: locals.i32(),
    byte: locals.i32(),
    start: locals.i32(),
    point: locals.i32(),
    count: locals.i32(),
    filtered: locals.i32(),
    status: locals.i32(),
    used: locals.i32(),
    word: locals.i64(),
    other: locals.i64(),
    found: locals.i64(),
    value: locals.i64(),
  };
  const texts = fields.flatMap((field, index) =>
    field.kind === 'column' && field.type === 'text' ? [layout.column[index] ?? 0] : [],
  );
  const body = fields.map((field, index) => {
    const stop = index === fields.length - 1 ? NEWLINE : COMMA;
    if (field.kind === 'skip') return [...scan(r), ...leaveIf(SLOW, i32.ne(r.byte.get, i32.of(stop))), ...step(r)];
    if (field.kind === 'ticker') return tickerField(r, stop, index === 0);
    const column = layout.column[index] ?? 0;
    switch (field.type) {
      case 'f64':
        return decimalField(r, stop, field.required, column);
      case 'i32':
        return integerField(r, stop, field.required, column);
      case 'i64':
        return longField(r, stop, field.required, field.isTime, column);
      case 'text':
        return textField(r, stop, column, layout.text[index] ?? 0);
    }
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

const step = (r: Registers): Code => r.p.set(i32.add(r.p.get, i32.of(1)));
const readByte = (r: Registers): Code => r.byte.set(i32.load8(r.p.get));
const isDigit = (r: Registers): Code => i32.ltU(i32.sub(r.byte.get, i32.of(48)), i32.of(10));
const cell = (r: Registers, column: number, shift: number): Code =>
  i32.add(i32.of(column), i32.shl(r.row.get, i32.of(shift)));

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

/** A word in which the top bit of the first byte that equals `byte` is the lowest bit that is set; bytes above it may be marked wrongly. */
const bytesEqual = (word: Code, byte: number, scratch: Local): Code => [
  ...scratch.set(i64.xor(word, i64.of(every(byte)))),
  ...i64.and(
    i64.and(i64.sub(scratch.get, i64.of(every(1))), i64.xor(scratch.get, i64.of(every(0xff)))),
    i64.of(every(0x80)),
  ),
];

/** Whether the bytes of `word` are eight digits. */
const areDigits = (word: Local): Code =>
  i32.and(
    i64.eq(i64.and(word.get, i64.of(HIGH_NIBBLES)), i64.of(ZEROS)),
    i64.eq(i64.and(i64.add(word.get, i64.of(every(6))), i64.of(HIGH_NIBBLES)), i64.of(ZEROS)),
  );

/** The number that eight digits are, the first in the lowest byte. */
function eightDigits(word: Code): Code {
  const pairs = i64.shr(i64.mul(i64.and(word, i64.of(every(0x0f))), i64.of(2_561n)), i64.of(8n));
  const fours = i64.shr(i64.mul(i64.and(pairs, i64.of(0x00ff_00ff_00ff_00ffn)), i64.of(6_553_601n)), i64.of(16n));
  return i64.shr(i64.mul(i64.and(fours, i64.of(0x0000_ffff_0000_ffffn)), i64.of(42_949_672_960_001n)), i64.of(32n));
}

/** `word`, whose lowest `bits / 8` bytes are digits, with them at its end and zeros before. */
const padded = (word: Code, bits: Code): Code =>
  i64.or(i64.shl(word, i64.sub(i64.of(64n), bits)), i64.shr(i64.of(ZEROS), bits));

const below = (bits: Code): Code => i64.sub(i64.shl(i64.of(1n), bits), i64.of(1n));

/** Where the field ends, in bits of `word`, into `value`: a multiple of 8 below 64. Leaves `found` 0 when it does not end in the word. */
const findStop = (r: Registers, stop: number): Code => [
  ...r.word.set(i64.load(r.p.get)),
  ...r.found.set(bytesEqual(r.word.get, stop, r.other)),
  ...r.value.set(i64.and(i64.trailingZeros(r.found.get), i64.of(0x38n))),
];

function decimalField(r: Registers, stop: number, required: boolean, column: number): Code {
  const write = (value: Code): Code => f64.store(cell(r, column, 3), value);
  const power = f64.load(i32.shl(r.count.get, i32.of(3)), POWERS);
  const quick: Code = [
    // Inside: block (quick), so that everything else goes on behind it.
    ...findStop(r, stop),
    ...leaveIf(0, i64.isZero(r.found.get)),
    ...leaveIf(0, i64.isZero(r.value.get)),
    ...r.start.set(i64.to32(r.value.get)),
    // The point, if it lies before the end.
    ...r.found.set(i64.and(bytesEqual(r.word.get, POINT, r.other), below(r.value.get))),
    ...r.count.set(i32.of(0)),
    ...when(
      i64.ne(r.found.get, i64.of(0n)),
      r.found.set(i64.and(i64.trailingZeros(r.found.get), i64.of(0x38n))),
      r.count.set(i32.sub(i32.shr(i32.sub(r.start.get, i64.to32(r.found.get)), i32.of(3)), i32.of(1))),
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
    ...r.word.set(padded(r.word.get, r.value.get)),
    ...leaveIf(0, i32.isZero(areDigits(r.word))),
    ...write(f64.div(f64.from64(eightDigits(r.word.get)), power)),
    ...r.p.set(i32.add(i32.add(r.p.get, i32.shr(r.start.get, i32.of(3))), i32.of(1))),
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

function integerField(r: Registers, stop: number, required: boolean, column: number): Code {
  const write = (value: Code): Code => i32.store(cell(r, column, 2), value);
  const quick: Code = [
    ...findStop(r, stop),
    ...leaveIf(0, i64.isZero(r.found.get)),
    ...leaveIf(0, i64.isZero(r.value.get)),
    ...r.word.set(padded(r.word.get, r.value.get)),
    ...leaveIf(0, i32.isZero(areDigits(r.word))),
    ...write(i64.to32(eightDigits(r.word.get))),
    ...r.p.set(i32.add(i32.add(r.p.get, i32.shr(i64.to32(r.value.get), i32.of(3))), i32.of(1))),
    ...leave(1),
  ];
  return block(
    block(quick),
    r.start.set(r.p.get),
    r.value.set(i64.of(0n)),
    digits(r),
    leaveIf(SLOW + 1, i32.ne(r.byte.get, i32.of(stop))),
    leaveIf(SLOW + 1, i32.gtU(i32.sub(r.p.get, r.start.get), i32.of(9))),
    either(
      i32.eq(r.p.get, r.start.get),
      [required ? leave(SLOW + 2) : write(i32.of(NO_INT))],
      [write(i64.to32(r.value.get))],
    ),
    step(r),
  );
}

/** Nanoseconds that fit: 19 digits up to here. */
const MOST_NANOS = 9_000_000_000_999_999_999n;

function longField(r: Registers, stop: number, required: boolean, isTime: boolean, column: number): Code {
  const write = (value: Code): Code => i64.store(cell(r, column, 3), value);
  const inDay = isTime
    ? [
        ...leaveIf(SLOW + 2, i64.ltU(r.value.get, i64.load(i32.of(DAY_FROM)))),
        ...leaveIf(SLOW + 2, i64.geU(r.value.get, i64.load(i32.of(DAY_TO)))),
      ]
    : leaveIf(SLOW + 2, i64.gtU(r.value.get, i64.of(MOST_NANOS)));
  const nineteen: Code = [
    ...leaveIf(0, i32.ne(i32.load8(r.p.get, 19), i32.of(stop))),
    ...r.word.set(i64.load(r.p.get)),
    ...r.other.set(i64.load(r.p.get, 8)),
    ...r.found.set(i64.or(i64.shl(i64.load(r.p.get, 16), i64.of(40n)), i64.of(ZEROS >> 24n))),
    ...leaveIf(0, i32.isZero(i32.and(i32.and(areDigits(r.word), areDigits(r.other)), areDigits(r.found)))),
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
    : [
        r.start.set(r.p.get),
        r.value.set(i64.of(0n)),
        digits(r),
        leaveIf(SLOW + 1, i32.ne(r.byte.get, i32.of(stop))),
        leaveIf(SLOW + 1, i32.gtU(i32.sub(r.p.get, r.start.get), i32.of(18))),
        either(
          i32.eq(r.p.get, r.start.get),
          [required ? leave(SLOW + 2) : write(i64.of(NO_LONG))],
          [write(r.value.get)],
        ),
        step(r),
      ];
  return block(block(nineteen), ...other);
}

/** Bytes of text that the rows of the group before this one have. */
const textsUsed = (r: Registers, ends: number): Code => [
  ...r.used.set(i32.of(0)),
  ...when(i32.ne(r.row.get, i32.of(0)), r.used.set(i32.load(i32.shl(i32.sub(r.row.get, i32.of(1)), i32.of(2)), ends))),
  ...r.used.get,
];

function textField(r: Registers, stop: number, ends: number, text: number): Code {
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
function tickerField(r: Registers, stop: number, isFirst: boolean): Code {
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
