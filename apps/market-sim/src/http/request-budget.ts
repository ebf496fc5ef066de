/** Requests per minute of one account: a fixed window, as the broker counts. */
export class RequestBudget {
  readonly limit: number;
  readonly #nowMillis: () => number;
  #window = Number.NaN;
  #used = 0;

  constructor(limit: number, nowMillis: () => number) {
    this.limit = limit;
    this.#nowMillis = nowMillis;
  }

  /** Counts one request; `false` when the minute's budget was used up before it. */
  take(): boolean {
    const window = Math.floor(this.#nowMillis() / 60_000);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    this.#used += 1;
    return this.#used <= this.limit;
  }

  /** The three headers that every answer carries; reset in seconds since the epoch. */
  headers(): Readonly<Record<string, string>> {
    return {
      'X-RateLimit-Limit': String(this.limit),
      'X-RateLimit-Remaining': String(Math.max(0, this.limit - this.#used)),
      'X-RateLimit-Reset': String((this.#window + 1) * 60),
    };
  }
}
