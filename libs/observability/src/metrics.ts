import { TradingError } from '@trading-agent/core';

/** Counts what happened; never falls. */
export interface Counter {
  /** @throws {TradingError} `OUT_OF_RANGE` when `by` is negative or not finite. */
  add(by?: number): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void;
}

export interface MetricReading {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly value: number;
}

const NAME = /^[a-z][a-z0-9_]*$/;

/** Counters and gauges of one process, by name (`orders_sent_total`, `equity_usd`: lower case, unit at the end). */
export class Metrics {
  readonly #readings = new Map<string, { kind: 'counter' | 'gauge'; help: string; value: number }>();

  /** The counter of that name; asking again gives the same one. @throws {TradingError} `INVALID_VALUE` for a malformed or otherwise used name. */
  counter(name: string, help: string): Counter {
    const reading = this.#reading(name, 'counter', help);
    return {
      add: (by = 1) => {
        if (!(by >= 0) || !Number.isFinite(by))
          throw new TradingError('OUT_OF_RANGE', `The counter ${name} can't grow by ${by}`);
        reading.value += by;
      },
    };
  }

  /** The gauge of that name; asking again gives the same one. @throws {TradingError} `INVALID_VALUE` for a malformed or otherwise used name. */
  gauge(name: string, help: string): Gauge {
    const reading = this.#reading(name, 'gauge', help);
    return { set: (value) => (reading.value = value) };
  }

  /** All values now, sorted by name. */
  snapshot(): readonly MetricReading[] {
    return [...this.#readings]
      .map(([name, reading]) => ({ name, ...reading }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #reading(name: string, kind: 'counter' | 'gauge', help: string) {
    if (!NAME.test(name))
      throw new TradingError('INVALID_VALUE', `Expected a metric name such as orders_sent_total, was "${name}"`);
    const known = this.#readings.get(name);
    if (known && known.kind !== kind)
      throw new TradingError('INVALID_VALUE', `The metric ${name} is a ${known.kind} already`);
    const reading = known ?? { kind, help, value: 0 };
    this.#readings.set(name, reading);
    return reading;
  }
}
