import type { Outside } from './live-data.ts';

const FETCH_LIMIT_MS = 8_000;

/** The browser's own network and timers. */
export const browser: Outside = {
  fetchJson: async (path) => {
    const response = await fetch(path, {
      signal: AbortSignal.timeout(FETCH_LIMIT_MS),
      headers: { accept: 'application/json' },
    });
    const body: unknown = await response.json().catch(() => null);
    return { ok: response.ok, body };
  },
  openEvents: (handlers) => {
    const source = new EventSource('/events');
    source.addEventListener('open', () => handlers.opened());
    source.addEventListener('error', () => handlers.failed(source.readyState === EventSource.CLOSED));
    for (const name of ['change', 'resync', 'heartbeat', 'dropped']) {
      source.addEventListener(name, (event) => handlers.event(name, String(event.data)));
    }
    return () => source.close();
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
