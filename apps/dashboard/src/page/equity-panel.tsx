import { useState } from 'preact/hooks';
import { EquityChart } from './equity-chart.tsx';
import { count, figure, money, moneyChange, percentage, percentageChange, share, time, tone } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Problem, Skeleton } from './panel.tsx';
import type { EquityPoint, Stats, Status } from './wire.ts';

interface EquityPanelProps {
  readonly status: Loaded<Status>;
  readonly equity: Loaded<readonly EquityPoint[]>;
  readonly stats: Loaded<Stats>;
}

const ARROW = { up: '▲', down: '▼', flat: '' } as const;

/** What the account is worth, how the day went, and the figures behind it. */
export function EquityPanel({ status, equity, stats }: EquityPanelProps) {
  const [pointed, setPointed] = useState<EquityPoint | null>(null);
  const points = equity.data;
  const now = status.data;
  const direction = tone(now?.dayProfit ?? null);
  return (
    <section class="panel equity" aria-labelledby="equity" aria-busy={points === null && equity.problem === null}>
      <div class="equity-head">
        <div class="worth">
          <h1 id="equity">{pointed ? <time dateTime={pointed.at}>Equity at {time(pointed.at)}</time> : 'Equity'}</h1>
          <p class="amount">
            {now === null && !pointed && status.problem === null
              ? '\u2007'
              : money(pointed?.equity ?? now?.equity ?? null)}
          </p>
          <p class={`change ${direction}`}>
            {now?.dayProfit != null && (
              <>
                <span aria-hidden="true">{ARROW[direction]}</span> {moneyChange(now.dayProfit)}{' '}
                <span class="share">{percentageChange(now.dayReturn)} on the day</span>
              </>
            )}
          </p>
        </div>
        <Figures stats={stats.data} cash={now?.cash ?? null} />
      </div>
      <Problem text={equity.problem} stale={points !== null} />
      {points === null ? (
        equity.problem === null && <Skeleton rows={4} />
      ) : points.length < 2 ? (
        <p class="empty chart-empty">The curve begins with the first market steps.</p>
      ) : (
        <EquityChart points={points} start={now?.startEquity ?? null} onPoint={setPointed} />
      )}
    </section>
  );
}

function Figures({ stats, cash }: { stats: Stats | null; cash: number | null }) {
  const annualised =
    stats?.sharpe != null ? `Annualised from ${count(stats.minutes)} minutes of one session` : undefined;
  const figures: readonly (readonly [name: string, value: string, note?: string | undefined])[] = [
    ['Total return', percentageChange(stats?.totalReturn ?? null)],
    ['Max drawdown', percentage(stats?.maxDrawdown ?? null)],
    ['Sharpe', figure(stats?.sharpe ?? null), annualised],
    ['Calmar', compact(stats?.calmar ?? null), annualised],
    ['Win rate', stats?.winRate == null ? '–' : `${share(stats.winRate)} of ${stats.closedTrades}`],
    ['Profit factor', figure(stats?.profitFactor ?? null)],
    ['Cash', money(cash)],
    ['Fees', money(stats?.fees ?? null)],
  ];
  return (
    <dl class="figures" aria-label="Key figures">
      {figures.map(([name, value, note]) => (
        <div key={name} title={note}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One day made into a year gives numbers that need no decimals. */
function compact(value: number | null): string {
  return value !== null && Math.abs(value) >= 100 ? count(Math.round(value)) : figure(value);
}
