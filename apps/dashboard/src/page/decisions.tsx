import { useState } from 'preact/hooks';
import { capitalised, measured, time, words } from './format.ts';
import type { Loaded } from './live-data.ts';
import { Panel } from './panel.tsx';
import type { Decision, Reason } from './wire.ts';

const KIND: Readonly<Record<Decision['kind'], { readonly name: string; readonly tone: string }>> = {
  submit: { name: 'Order', tone: 'good' },
  refuse: { name: 'Refused', tone: 'bad' },
  cancel: { name: 'Cancel', tone: 'quiet' },
  alert: { name: 'Alert', tone: 'warn' },
  note: { name: 'Note', tone: 'quiet' },
};

const FILTERS = [
  { name: 'All', keeps: () => true },
  { name: 'Orders', keeps: (decision: Decision) => decision.kind === 'submit' || decision.kind === 'cancel' },
  { name: 'Refusals', keeps: (decision: Decision) => decision.kind === 'refuse' },
] as const;

/** Why it traded and why it did not. */
export function Decisions({ decisions }: { decisions: Loaded<readonly Decision[]> }) {
  const [chosen, choose] = useState<(typeof FILTERS)[number]>(FILTERS[0]);
  const kept = decisions.data?.filter(chosen.keeps) ?? null;
  return (
    <Panel
      id="decisions"
      title="Decisions"
      loaded={{ ...decisions, data: kept }}
      empty={decisions.data?.length ? `No ${chosen.name.toLowerCase()} so far.` : 'Nothing was decided so far.'}
      aside={
        <div class="filters" role="group" aria-label="Show decisions">
          {FILTERS.map((filter) => (
            <button key={filter.name} type="button" aria-pressed={filter === chosen} onClick={() => choose(filter)}>
              {filter.name}
            </button>
          ))}
        </div>
      }
    >
      {(items) => (
        <div class="scroll long" role="region" aria-labelledby="decisions" tabIndex={0}>
          <ol class="events">
            {items.map((decision) => (
              <Item key={`${decision.sequence}/${decision.index}`} decision={decision} />
            ))}
          </ol>
        </div>
      )}
    </Panel>
  );
}

function Item({ decision }: { decision: Decision }) {
  const { name, tone } = KIND[decision.kind];
  const kept = decision.reasons.filter((reason) => reason.passed === true);
  const told = decision.reasons.filter((reason) => reason.passed !== true);
  const summary = capitalised(words(decision.summary));
  const what = summary && decision.subject ? `${summary} on ${decision.subject}` : summary || decision.subject;
  return (
    <li>
      <time class="muted" dateTime={decision.at}>
        {time(decision.at)}
      </time>
      <div>
        <p class="what">
          <span class={`tag ${tone}`}>{name}</span> {what}
        </p>
        {told.map((reason) => (
          <Why key={reason.rule} reason={reason} />
        ))}
        {kept.length > 0 && (
          <details>
            <summary>
              {kept.length} {kept.length === 1 ? 'rule' : 'rules'} passed
            </summary>
            {kept.map((reason) => (
              <Why key={reason.rule} reason={reason} />
            ))}
          </details>
        )}
      </div>
    </li>
  );
}

function Why({ reason }: { reason: Reason }) {
  const numbers = measured(reason);
  return (
    <p class={`why ${reason.passed === false ? 'broken' : ''}`}>
      {reason.text ?? <span class="rule">{capitalised(words(reason.rule))}</span>}
      {numbers !== '' && <span class="measured">{numbers}</span>}
    </p>
  );
}
