import { capitalised, marketDay, time, words } from './format.ts';
import type { Connection, Loaded } from './live-data.ts';
import type { Status } from './wire.ts';

const CONNECTION: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Every 5 s',
  offline: 'Offline',
};
const SPOKEN: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting to the agent',
  live: 'Connected: figures update live',
  polling: 'The live stream is interrupted: figures update every five seconds',
  offline: 'The agent can’t be reached',
};
const PHASE: Readonly<Record<'pre' | 'open' | 'post' | 'closed', string>> = {
  pre: 'Before open',
  open: 'Open',
  post: 'After close',
  closed: 'Closed',
};

interface HeaderProps {
  readonly status: Loaded<Status>;
  readonly connection: Connection;
  readonly onRetry: () => void;
}

/** Who trades, in which mode, and whether this page is up to date; what must not be missed stands below as a banner. */
export function Header({ status, connection, onRetry }: HeaderProps) {
  const data = status.data;
  return (
    <header>
      <div class="bar">
        <div class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="7" />
            <path d="M5 21h6l5-10 5 6h6" />
          </svg>
          <span>Trading agent</span>
        </div>
        {data?.mode && <Mode mode={data.mode} market={data.market} />}
        {data?.session && <Facts status={data} session={data.session} />}
        <div class={`connection ${connection}`} title={SPOKEN[connection]}>
          <span class="dot" aria-hidden="true" />
          <span aria-hidden="true">{CONNECTION[connection]}</span>
          <span class="hidden" role="status" aria-live="polite">
            {SPOKEN[connection]}
          </span>
        </div>
      </div>
      {data?.halted && (
        <div class="banner halted" role="alert">
          <strong>Halted: no new risk is taken.</strong> {data.halted.reason}
          {data.halted.at && ` (since ${time(data.halted.at)})`}
        </div>
      )}
      {status.problem && (
        <div class="banner" role="alert">
          <span>
            <strong>{connection === 'offline' ? 'No connection.' : 'The figures can’t be read.'}</strong>{' '}
            {status.problem}
          </span>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </header>
  );
}

/** Whose money moves on which market; modes that are not named here are shown as they are. */
const MODE: Readonly<Record<string, string>> = {
  live: 'Live money',
  paper: 'Paper',
  replay: 'Replay, simulated money',
  sim: 'Simulated market',
};

function Mode({ mode, market }: { mode: string; market: string | null }) {
  return (
    <span class={`mode ${mode === 'live' ? 'real' : ''}`}>
      {MODE[mode] ?? capitalised(words(mode))}
      {market !== null && market !== mode && ` · ${words(market)}`}
    </span>
  );
}

function Facts({ status, session }: { status: Status; session: NonNullable<Status['session']> }) {
  const { phase, lastStepAt, halfDay } = status;
  const running = session.state === 'running';
  return (
    <dl class="facts">
      <div>
        <dt>Account</dt>
        <dd>{status.account}</dd>
      </div>
      {status.tier && (
        <div>
          <dt>Tier</dt>
          <dd>{capitalised(status.tier)}</dd>
        </div>
      )}
      <div>
        <dt>Session</dt>
        <dd>
          {marketDay(session.date)}
          {halfDay && ' (half day)'}
        </dd>
      </div>
      <div>
        <dt>{running ? 'Market' : 'Ended'}</dt>
        <dd>
          {running && phase ? `${PHASE[phase]} ` : ''}
          {lastStepAt ? <time dateTime={lastStepAt}>{time(lastStepAt)}</time> : running ? 'waiting for data' : ''}
        </dd>
      </div>
    </dl>
  );
}
