import type { ComponentChildren } from 'preact';
import type { Loaded } from './live-data.ts';

interface PanelProps<T> {
  readonly id: string;
  readonly title: string;
  readonly loaded: Loaded<readonly T[]>;
  /** A sentence for when there is nothing. */
  readonly empty: string;
  readonly aside?: ComponentChildren;
  readonly children: (items: readonly T[]) => ComponentChildren;
}

/** A titled part of the page that knows its loading, empty and failed states. */
export function Panel<T>({ id, title, loaded, empty, aside, children }: PanelProps<T>) {
  const { data, problem } = loaded;
  return (
    <section class="panel" aria-labelledby={id} aria-busy={data === null && problem === null}>
      <div class="panel-head">
        <h2 id={id}>
          {title}
          {data !== null && data.length > 0 && <span class="count">{data.length}</span>}
        </h2>
        {aside}
      </div>
      <Problem text={problem} stale={data !== null} />
      {data === null ? (
        problem === null && <Skeleton rows={3} />
      ) : data.length === 0 ? (
        <p class="empty">{empty}</p>
      ) : (
        children(data)
      )}
    </section>
  );
}

/** Why there is no (newer) data. */
export function Problem({ text, stale }: { text: string | null; stale: boolean }) {
  if (text === null) return null;
  return (
    <p class="problem">
      {text}
      {stale ? ' What you see is the last that came.' : ''}
    </p>
  );
}

export function Skeleton({ rows }: { rows: number }) {
  return (
    <div class="skeleton">
      <span class="hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} />
      ))}
    </div>
  );
}
