import { crc32 } from 'node:zlib';
import type { Json, Micros } from '@trading-agent/core';

/**
 * One market entry in a segment file, little endian:
 *
 *     u32 length of the rest after the checksum | u32 CRC-32 of the rest | u64 seq | i64 at (microseconds) | JSON, UTF-8
 */
export interface Frame {
  readonly seq: number;
  readonly at: Micros;
  readonly payload: Json;
}

export const FRAME_HEADER_BYTES = 8;
const FIXED_BYTES = 16;
/** No market step comes near this; a length beyond it is damage. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

export function encodeFrame(seq: number, at: Micros, payload: Json): Buffer {
  const json = Buffer.from(JSON.stringify(payload), 'utf8');
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + FIXED_BYTES + json.length);
  frame.writeUInt32LE(FIXED_BYTES + json.length, 0);
  frame.writeBigUInt64LE(BigInt(seq), FRAME_HEADER_BYTES);
  frame.writeBigInt64LE(BigInt(at), FRAME_HEADER_BYTES + 8);
  json.copy(frame, FRAME_HEADER_BYTES + FIXED_BYTES);
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEADER_BYTES)), 4);
  return frame;
}

/** Where the whole frame that starts at `offset` ends; `undefined` when there is none: cut off, or its checksum does not fit. */
export function frameEnd(bytes: Buffer, offset: number): number | undefined {
  const end = claimedEnd(bytes, offset);
  if (end === undefined) return undefined;
  const body = bytes.subarray(offset + FRAME_HEADER_BYTES, end);
  return crc32(body) === bytes.readUInt32LE(offset + 4) ? end : undefined;
}

/** Where the frame at `offset` ends if its length can be believed; `undefined` when that lies outside of the file. */
export function claimedEnd(bytes: Buffer, offset: number): number | undefined {
  if (offset + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const end = offset + FRAME_HEADER_BYTES + length;
  return length < FIXED_BYTES || length > MAX_FRAME_BYTES || end > bytes.length ? undefined : end;
}

export function frameSeq(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset + FRAME_HEADER_BYTES));
}

export function frameAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigInt64LE(offset + FRAME_HEADER_BYTES + 8));
}

export function framePayload(bytes: Buffer, offset: number, end: number): Json {
  return JSON.parse(bytes.toString('utf8', offset + FRAME_HEADER_BYTES + FIXED_BYTES, end));
}
