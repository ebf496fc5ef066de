import type { RawData } from 'ws';

/** A connection with more than this waiting to be sent belongs to a client that does not keep up. */
export const MOST_BUFFERED_BYTES = 64 * 1024 * 1024;

/** The text of a frame, however it came. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
