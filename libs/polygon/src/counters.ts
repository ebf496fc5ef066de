/** What went wrong or was left out, since the feed was made. Rows that do not fit are skipped, never guessed. */
export interface PolygonCounters {
  /** GET requests that were repeated. */
  retries: number;
  /** Rows of REST answers that could not be read. */
  malformedRows: number;
  /** Socket frames that were not JSON. */
  malformedFrames: number;
  /** `Q`, `T` and `AM` events that could not be read. */
  malformedEvents: number;
  /** Connections made after the first, over both streams. */
  reconnects: number;
}

export function newCounters(): PolygonCounters {
  return { retries: 0, malformedRows: 0, malformedFrames: 0, malformedEvents: 0, reconnects: 0 };
}
