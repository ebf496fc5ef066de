import { useEffect, useMemo, useState } from 'preact/hooks';
import { Alerts } from './alerts.tsx';
import { Decisions } from './decisions.tsx';
import { EquityPanel } from './equity-panel.tsx';
import { Header } from './header.tsx';
import { LiveData, type Outside } from './live-data.ts';
import { Orders } from './orders.tsx';
import { Positions } from './positions.tsx';

/** The whole page. */
export function Page({ outside }: { outside: Outside }) {
  const [, redraw] = useState(0);
  const live = useMemo(() => new LiveData(outside, () => redraw((count) => count + 1)), [outside]);
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  const { connection, status, equity, stats, positions, orders, decisions, alerts } = live.state;
  const session = status.data?.session ?? null;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the figures
      </a>
      <Header status={status} connection={connection} onRetry={() => live.refresh()} />
      <main id="main" tabIndex={-1}>
        {status.data && !session ? (
          <section class="panel empty-page" aria-labelledby="no-session">
            <h1 id="no-session">No session yet</h1>
            <p>
              The agent has not traded so far. Start it with <code>agent start</code>; this page fills by itself.
            </p>
          </section>
        ) : (
          <>
            <EquityPanel status={status} equity={equity} stats={stats} />
            <div class="columns">
              <div class="column">
                <Positions positions={positions} />
                <Orders orders={orders} />
              </div>
              <div class="column">
                <Decisions decisions={decisions} />
                <Alerts alerts={alerts} today={session?.date ?? null} />
              </div>
            </div>
          </>
        )}
      </main>
      <footer>
        Times are New York. Sharpe and Calmar are annualised from the minutes of this one session. Nothing on this page
        can trade.
      </footer>
    </>
  );
}
