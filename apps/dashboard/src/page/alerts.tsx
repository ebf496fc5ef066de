import { capitalised, dayOf, shortDay, time } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import type { Alert } from './wire.ts';

const TONE: Readonly<Record<string, string>> = { critical: 'bad', error: 'bad', warning: 'warn' };

interface AlertsProps {
  readonly alerts: Loaded<readonly Alert[]>;
  /** The market date of the session shown; alerts of other days say which. */
  readonly today: string | null;
}

export function Alerts({ alerts, today }: AlertsProps) {
  return (
    <Panel id="alerts" title="Alerts" loaded={alerts} empty="No alerts.">
      {(items) => (
        <div class="scroll medium" role="region" aria-labelledby="alerts" tabIndex={0}>
          <ol class="events">
            {items.map((alert) => (
              <li key={alert.id}>
                <time class="muted" dateTime={alert.at}>
                  {time(alert.at)}
                  {dayOf(alert.at) !== today && <span class="sub">{shortDay(alert.at)}</span>}
                </time>
                <div>
                  <p class="what">
                    <span class={`tag ${TONE[alert.severity.toLowerCase()] ?? 'quiet'}`}>
                      {capitalised(alert.severity)}
                    </span>{' '}
                    <span class="muted">{capitalised(alert.kind)}</span>
                  </p>
                  <p class="why">{alert.message}</p>
                </div>
              </li>
            ))}
          </ol>
        </div>
      )}
    </Panel>
  );
}
