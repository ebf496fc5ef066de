/** What went wrong or was left out, since the feed was made. Rows that do not fit are skipped, never guessed. */
export interface PolygonCounters {
  /** GET requests that were repeated. */
  retries: number;
  /** Rows of REST answers that could not be read. */
  malformedRows: number;
  /** Socket frames that were not JSON. */
  malformedFrames: number;
  /** Data events of known kinds that could not be read, and elements that are no objects: quarantined. */
  malformedEvents: number;
  /** Events of kinds that we do not know: ignored. */
  unknownEvents: number;
  /** Events that came a second time: left out. */
  duplicates: number;
  /** Quotes older than the one before (left out), trades and bars (used in their place or told late). */
  outOfOrder: number;
  /** Numbers that a stream with dense numbering left out. */
  missingNumbers: number;
  /** Acknowledgements of what was not asked for, and requests without one. */
  oddAcknowledgements: number;
  /** Holes of the streams, each also an event. */
  gaps: number;
  /** Connections made after the first, over all streams. */
  reconnects: number;
}

export function newCounters(): PolygonCounters {
  return {
    retries: 0,
    malformedRows: 0,
    malformedFrames: 0,
    malformedEvents: 0,
    unknownEvents: 0,
    duplicates: 0,
    outOfOrder: 0,
    missingNumbers: 0,
    oddAcknowledgements: 0,
    gaps: 0,
    reconnects: 0,
  };
}
