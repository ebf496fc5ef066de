import { type Code, type Local, i32, i64 } from './wasm-code.ts';

/*
 * Eight bytes at a time in a 64-bit word, the first byte lowest.
 */

const every = (byte: number): bigint => BigInt.asUintN(64, 0x01_01_01_01_01_01_01_01n * BigInt(byte));
const HIGH_NIBBLES = every(0xf0);
export const ZEROS = every(0x30);

/** A word in which the top bit of the first byte that equals `byte` is the lowest bit that is set; bytes above it may be marked wrongly. */
export const bytesEqual = (word: Code, byte: number, scratch: Local): Code => [
  ...scratch.set(i64.xor(word, i64.of(every(byte)))),
  ...i64.and(
    i64.and(i64.sub(scratch.get, i64.of(every(1))), i64.xor(scratch.get, i64.of(every(0xff)))),
    i64.of(every(0x80)),
  ),
];

/** Whether the bytes of `word` are eight digits. */
export const areDigits = (word: Local): Code =>
  i32.and(
    i64.eq(i64.and(word.get, i64.of(HIGH_NIBBLES)), i64.of(ZEROS)),
    i64.eq(i64.and(i64.add(word.get, i64.of(every(6))), i64.of(HIGH_NIBBLES)), i64.of(ZEROS)),
  );

/** The number that eight digits are, the first in the lowest byte. */
export function eightDigits(word: Code): Code {
  const pairs = i64.shr(i64.mul(i64.and(word, i64.of(every(0x0f))), i64.of(2_561n)), i64.of(8n));
  const fours = i64.shr(i64.mul(i64.and(pairs, i64.of(0x00ff_00ff_00ff_00ffn)), i64.of(6_553_601n)), i64.of(16n));
  return i64.shr(i64.mul(i64.and(fours, i64.of(0x0000_ffff_0000_ffffn)), i64.of(42_949_672_960_001n)), i64.of(32n));
}

/** `word`, whose lowest `bits / 8` bytes are digits, with them at its end and zeros before. */
export const padded = (word: Code, bits: Code): Code =>
  i64.or(i64.shl(word, i64.sub(i64.of(64n), bits)), i64.shr(i64.of(ZEROS), bits));

export const below = (bits: Code): Code => i64.sub(i64.shl(i64.of(1n), bits), i64.of(1n));
