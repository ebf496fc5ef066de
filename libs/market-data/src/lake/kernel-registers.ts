import { type Code, type Local, Locals, i32, local } from './wasm-code.ts';

export const COMMA = 44;
export const NEWLINE = 10;

/** Variables of the kernel's one function. */
export interface Registers {
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
  /** Of 64 bytes from `seen` on a bit for each that may end a field and lies at or behind the cursor. */
  readonly ends: Local;
  readonly seen: Local;
  readonly stopAt: Local;
}

export function newRegisters(): { readonly locals: Locals; readonly registers: Registers } {
  const locals = new Locals(5);
  const registers: Registers = {
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
    ends: locals.i64(),
    seen: locals.i32(),
    stopAt: locals.i32(),
  };
  return { locals, registers };
}

/** Where a jump leads, counted from the body of the row loop. */
export const NEXT_ROW = 0;
export const SLOW = 2;
export const EXIT = 3;

export const step = (r: Registers): Code => r.p.set(i32.add(r.p.get, i32.of(1)));
export const readByte = (r: Registers): Code => r.byte.set(i32.load8(r.p.get));
export const cell = (r: Registers, column: number, shift: number): Code =>
  i32.add(i32.of(column), i32.shl(r.row.get, i32.of(shift)));
