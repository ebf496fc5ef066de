import { usdToNumber } from '@trading-agent/core';
import { nyTime } from '@trading-agent/calendar';
import type { DayProgress } from '@trading-agent/live-agent';
import { dim, StatusLine } from './terminal.ts';

/** Where a starting and trading agent is, with an estimate of when the session ends. */
export class StartProgress {
  readonly #line = new StatusLine();
  #firstStep: { readonly wall: number; readonly market: number } | null = null;

  phase(text: string): void {
    this.#line.show(dim(`... ${text}`));
  }

  step({ at, open, close, view }: DayProgress): void {
    const wall = performance.now();
    if (at < open) return this.#line.show(dim(`${nyTime(at)} New York, before the open`));
    this.#firstStep ??= { wall, market: at };
    const done = Math.min(1, Math.max(0, (at - open) / (close - open)));
    const run = at - this.#firstStep.market;
    const left = run > 0 ? ((wall - this.#firstStep.wall) / run) * Math.max(0, close - at) : Number.NaN;
    const equity = usdToNumber(view.equity).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
    const bar = '█'.repeat(Math.round(done * 20)).padEnd(20, '░');
    const eta = Number.isNaN(left) || done >= 1 ? '' : ` ${dim(`close in ${duration(left)}`)}`;
    this.#line.show(
      `${bar} ${nyTime(at).slice(0, 5)} New York  equity ${equity}  positions ${view.positions.length}${view.halted === null ? '' : `  HALTED: ${view.halted}`}${eta}`,
    );
  }

  end(): void {
    this.#line.end();
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
