/** A price at which a whole package can trade now. */
export interface Match {
  readonly units: number;
  /** Dollars per share in leg order. */
  readonly prices: readonly number[];
  /** Signed net per unit and share. */
  readonly net: number;
  /** Whether it takes displayed size; a fill from the queue takes a print instead. */
  readonly takesSize: boolean;
}
