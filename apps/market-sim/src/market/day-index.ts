import type { Bar, OptionContract, Trade } from '@trading-agent/instruments';
import { compareContracts } from '@trading-agent/instruments';
import type { MarketDay } from '@trading-agent/market-data';
import { append, grouped } from './grouped.ts';

/** A minute bar of the day, the step it came with, and what the day had done by its end. */
export interface DayBar {
  readonly bar: Bar;
  readonly step: number;
  /** Volume of the day up to and including this bar. */
  readonly dayVolume: number;
  readonly dayOpen: number;
  readonly dayHigh: number;
  readonly dayLow: number;
}

/** A market day arranged for look-ups; every answer is limited to what had happened by the step asked for. */
export class DayIndex {
  readonly day: MarketDay;
  readonly contracts: ReadonlyMap<string, OptionContract>;
  readonly #byUnderlying: ReadonlyMap<string, readonly OptionContract[]>;
  readonly #dayBars = new Map<string, DayBar[]>();
  readonly #trades = new Map<string, { readonly trade: Trade; readonly step: number }[]>();
  readonly #sequenceBase: number[] = [];

  constructor(day: MarketDay) {
    this.day = day;
    const ordered = [...day.contracts].sort(compareContracts);
    this.contracts = new Map(ordered.map((contract) => [contract.symbol, contract]));
    this.#byUnderlying = grouped(ordered, (contract) => contract.underlying);
    let sequence = 1;
    for (const [number, step] of day.steps.entries()) {
      this.#sequenceBase.push(sequence);
      sequence += step.quotes.length + step.trades.length;
      for (const bar of step.bars)
        append(this.#dayBars, bar.symbol, extend(this.#dayBars.get(bar.symbol)?.at(-1), bar, number));
      for (const trade of step.trades) append(this.#trades, trade.symbol, { trade, step: number });
    }
  }

  contractsOf(underlying: string): readonly OptionContract[] {
    return this.#byUnderlying.get(underlying) ?? [];
  }

  /** Sequence number of the first quote or trade of a step; the step's others follow it. */
  sequenceBase(step: number): number {
    return this.#sequenceBase[step] ?? 0;
  }

  /** The day's minute bars of `ticker` up to `step`, oldest first. */
  barsOfDay(ticker: string, step: number): readonly Bar[] {
    return (this.#dayBars.get(ticker) ?? []).filter((known) => known.step <= step).map(({ bar }) => bar);
  }

  /** The last of the day's bars of `ticker` up to `step`. */
  lastBar(ticker: string, step: number): DayBar | undefined {
    return this.#dayBars.get(ticker)?.findLast((known) => known.step <= step);
  }

  /** The day's trades of `ticker` up to `step`, oldest first. */
  tradesOf(ticker: string, step: number): readonly Trade[] {
    return (this.#trades.get(ticker) ?? []).filter((known) => known.step <= step).map(({ trade }) => trade);
  }

  lastTrade(ticker: string, step: number): Trade | undefined {
    return this.#trades.get(ticker)?.findLast((known) => known.step <= step)?.trade;
  }

  /** The day's figures as they stood when `bar`, one of a step's bars, ended. */
  dayBar(bar: Bar): DayBar | undefined {
    return this.#dayBars.get(bar.symbol)?.findLast((known) => known.bar.end <= bar.end);
  }
}

function extend(before: DayBar | undefined, bar: Bar, step: number): DayBar {
  return {
    bar,
    step,
    dayVolume: (before?.dayVolume ?? 0) + bar.volume,
    dayOpen: before?.dayOpen ?? bar.open,
    dayHigh: Math.max(before?.dayHigh ?? bar.high, bar.high),
    dayLow: Math.min(before?.dayLow ?? bar.low, bar.low),
  };
}
