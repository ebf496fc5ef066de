import { type Code, type Local, i64 } from './wasm-code.ts';

/*
 * Eight bytes at a time in a 64-bit word, the first byte lowest.
 */

const every = (byte: number): bigint => BigInt.asUintN(64, 0x01_01_01_01_01_01_01_01n * BigInt(byte));
const ZEROS = every(0x30);

/** A word in which the top bit of the first byte that equals `byte` is the lowest bit that is set; bytes above it may be marked wrongly. */
export const bytesEqual = (word: Code, byte: number, scratch: Local): Code => [
  ...scratch.set(i64.xor(word, i64.of(every(byte)))),
  ...i64.and(
    i64.and(i64.sub(scratch.get, i64.of(every(1))), i64.xor(scratch.get, i64.of(every(0xff)))),
    i64.of(every(0x80)),
  ),
];

/** The values of the digits that the bytes of `word` are. */
export const digitValues = (word: Code): Code => i64.xor(word, i64.of(ZEROS));

/** Not zero when a byte is none of 0 to 9. */
export const noDigits = (values: Local): Code =>
  i64.and(i64.or(values.get, i64.add(values.get, i64.of(every(0x80 - 10)))), i64.of(every(0x80)));

/** The number that eight values of digits are, the first in the lowest byte. */
export function eightDigits(values: Code): Code {
  const pairs = i64.shr(i64.mul(values, i64.of(2_561n)), i64.of(8n));
  const fours = i64.shr(i64.mul(i64.and(pairs, i64.of(0x00ff_00ff_00ff_00ffn)), i64.of(6_553_601n)), i64.of(16n));
  return i64.shr(i64.mul(i64.and(fours, i64.of(0x0000_ffff_0000_ffffn)), i64.of(42_949_672_960_001n)), i64.of(32n));
}

/** The lowest `bits / 8` values at the end of a word and zeros before. A shift is taken modulo 64. */
export const padded = (values: Code, bits: Code): Code => i64.shl(values, i64.sub(i64.of(0n), bits));

export const below = (bits: Code): Code => i64.sub(i64.shl(i64.of(1n), bits), i64.of(1n));
