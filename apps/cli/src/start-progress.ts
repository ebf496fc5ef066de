import { type MarketDate, MICROS_PER_MILLI, type Micros, usdToNumber } from '@trading-agent/core';
import { nyTime } from '@trading-agent/calendar';
import type { Decision } from '@trading-agent/engine';
import type { DayProgress } from '@trading-agent/live-agent';
import { bold, dim, red, StatusLine, terminal } from './terminal.ts';

/** Where a starting and trading agent is, with an estimate of when the session ends. */
export class StartProgress {
  readonly #line = new StatusLine();
  #firstStep: { readonly wall: number; readonly market: number } | null = null;

  #waitedFor: MarketDate | null = null;

  phase(text: string): void {
    this.#line.show(dim(`... ${text}`));
  }

  step({ at, open, close, view, decisions }: DayProgress): void {
    const wall = performance.now();
    for (const decision of decisions) {
      const line = describe(decision);
      if (line !== null) this.#line.above(`${dim(nyTime(at).slice(0, 5))} ${line}\n`);
    }
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

  /** Between two sessions; the next one is looked at anew. */
  waiting({ date, until, now }: { readonly date: MarketDate; readonly until: Micros; readonly now: Micros }): void {
    this.#firstStep = null;
    // Where lines stay, a night would fill pages.
    if (!terminal.isInteractive() && this.#waitedFor === date) return;
    this.#waitedFor = date;
    const left = duration(Math.max(0, until - now) / MICROS_PER_MILLI);
    this.#line.show(dim(`waiting for the session of ${date}, which is begun in ${left}`));
  }

  end(): void {
    this.#firstStep = null;
    this.#line.end();
  }
}

/** What people want to see pass by: orders and alerts. Refusals and notes are on the dashboard. */
function describe(decision: Decision): string | null {
  if (decision.type === 'alert') return `${red('alert')} ${decision.reason.text}`;
  if (decision.type === 'cancel') return `cancel ${decision.intent}  ${dim(decision.reason.text)}`;
  if (decision.type !== 'submit') return null;
  const { quantity, limit, underlying } = decision.approved.order;
  const price = limit === null ? 'market' : `${limit < 0 ? 'credit' : 'debit'} ${Math.abs(limit).toFixed(2)}`;
  return `${bold(`${decision.purpose} ${decision.strategy}`)} ${underlying} x${quantity} at ${price}  ${dim(decision.reason.text)}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
