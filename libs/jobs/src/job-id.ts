import { Fingerprint, type Json } from '@trading-agent/core';

/** Everything a job's result depends on. */
export interface JobParts {
  /** Version of the code that runs: a commit or a hash of the sources. */
  readonly code: string;
  /** Identity of the input data: hashes, not the data. */
  readonly data: Json;
  readonly parameters: Json;
  readonly seed: string | number;
}

/**
 * The identity of a job, as 64 hexadecimal digits (SHA-256 over canonical JSON): equal parts, equal id, whatever the order of keys.
 * A result stored under it can be used again instead of computing it anew.
 * @throws {TradingError} `INVALID_VALUE` when a part holds something that is not plain data.
 */
export function jobId(parts: JobParts): string {
  const fingerprint = new Fingerprint();
  // Text, so that a seed of 7 and a seed of "7", which give the same random stream, are one job.
  fingerprint.add({ ...parts, seed: String(parts.seed) });
  return fingerprint.digest();
}
