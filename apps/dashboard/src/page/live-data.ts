import { ShapeError } from './decode.ts';
import { type Data, ENDPOINTS, RESOURCES, type Resource, apiProblem, changedResources } from './wire.ts';

/** One resource as far as it is known: the latest data, and why there is no newer one. */
export interface Loaded<T> {
  readonly data: T | null;
  readonly problem: string | null;
}

export type Connection = 'connecting' | 'live' | 'polling' | 'offline';

export type PageState = { readonly [R in Resource]: Loaded<Data[R]> } & { readonly connection: Connection };

/** The page's ways to the outside, handed in so that a test can hold them in its hands. */
export interface Outside {
  /** The answer's status and parsed JSON; rejects when there is no answer. */
  fetchJson(path: string): Promise<{ readonly ok: boolean; readonly body: unknown }>;
  /** Opens the event stream; returns how to close it. */
  openEvents(handlers: EventHandlers): () => void;
  /** Calls `work` once after `ms`; returns how to call it off. */
  after(ms: number, work: () => void): () => void;
}

export interface EventHandlers {
  readonly opened: () => void;
  /** Broken; `final` when it won't come back by itself. */
  readonly failed: (final: boolean) => void;
  readonly event: (name: string, data: string) => void;
}

/** At most one round of fetches in this time, however many events come. */
const GATHER_MS = 400;
const POLL_MS = 5_000;
/** Also while events flow: what an event did not tell is found sooner or later. */
const REFRESH_MS = 60_000;
const REOPEN_MS = 5_000;
/** The API sends a heartbeat every 15 s; without any for this long the connection is dead. */
const SILENCE_MS = 40_000;

const nothing: Loaded<never> = { data: null, problem: null };

/**
 * Keeps the page's data fresh: events say what to fetch again, polling steps in while there are no events.
 */
export class LiveData {
  readonly #outside: Outside;
  readonly #onChange: (state: PageState) => void;
  #state: PageState = {
    connection: 'connecting',
    status: nothing,
    positions: nothing,
    orders: nothing,
    equity: nothing,
    decisions: nothing,
    alerts: nothing,
    stats: nothing,
  };
  readonly #wanted = new Set<Resource>();
  readonly #fetching = new Set<Resource>();
  #streaming = false;
  #closeEvents: (() => void) | undefined;
  #cancelGather: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  #cancelReopen: (() => void) | undefined;

  constructor(outside: Outside, onChange: (state: PageState) => void) {
    this.#outside = outside;
    this.#onChange = onChange;
  }

  get state(): PageState {
    return this.#state;
  }

  start(): void {
    this.refresh();
    this.#openEvents();
    this.#poll();
  }

  stop(): void {
    this.#closeEvents?.();
    for (const cancel of [this.#cancelGather, this.#cancelPoll, this.#cancelSilence, this.#cancelReopen]) cancel?.();
  }

  /** Fetches everything now. */
  refresh(): void {
    for (const resource of RESOURCES) this.#wanted.add(resource);
    this.#fetchWanted();
  }

  #openEvents(): void {
    this.#closeEvents?.();
    this.#closeEvents = this.#outside.openEvents({
      opened: () => {
        this.#streaming = true;
        this.#heard();
        this.#set({ connection: 'live' });
        // Whatever happened while nobody listened.
        this.refresh();
      },
      failed: (final) => this.#eventsFailed(final),
      event: (name, data) => {
        this.#heard();
        if (name === 'change') this.#want(changedResources(data));
        else if (name === 'resync' || name === 'dropped') this.#want(RESOURCES);
      },
    });
  }

  #eventsFailed(final: boolean): void {
    this.#streaming = false;
    this.#cancelSilence?.();
    if (this.#state.connection === 'live') this.#set({ connection: 'polling' });
    this.#poll();
    if (!final) return;
    this.#closeEvents?.();
    this.#closeEvents = undefined;
    this.#cancelReopen?.();
    this.#cancelReopen = this.#outside.after(REOPEN_MS, () => this.#openEvents());
  }

  #heard(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#outside.after(SILENCE_MS, () => this.#eventsFailed(true));
  }

  #poll(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = this.#outside.after(this.#streaming ? REFRESH_MS : POLL_MS, () => {
      this.refresh();
      this.#poll();
    });
  }

  #want(resources: readonly Resource[]): void {
    for (const resource of resources) this.#wanted.add(resource);
    this.#cancelGather ??= this.#outside.after(GATHER_MS, () => {
      this.#cancelGather = undefined;
      this.#fetchWanted();
    });
  }

  #fetchWanted(): void {
    for (const resource of this.#wanted) {
      // One that is under way may miss the change: it stays wanted and is fetched again afterwards.
      if (this.#fetching.has(resource)) continue;
      this.#wanted.delete(resource);
      void this.#fetch(resource);
    }
  }

  async #fetch<R extends Resource>(resource: R): Promise<void> {
    const { path, decode } = ENDPOINTS[resource];
    this.#fetching.add(resource);
    let reached = true;
    try {
      const { ok, body } = await this.#outside.fetchJson(path);
      if (ok) this.#put(resource, { data: decode(body, path), problem: null });
      else this.#fail(resource, apiProblem(body) ?? 'The API could not answer');
    } catch (error) {
      reached = error instanceof ShapeError;
      this.#fail(resource, error instanceof ShapeError ? error.message : 'The agent can’t be reached');
    }
    this.#fetching.delete(resource);
    if (!this.#streaming) this.#set({ connection: reached ? 'polling' : 'offline' });
    if (this.#wanted.has(resource)) this.#want([resource]);
  }

  #fail(resource: Resource, problem: string): void {
    this.#set({ [resource]: { ...this.#state[resource], problem } });
  }

  #put<R extends Resource>(resource: R, loaded: Loaded<Data[R]>): void {
    this.#set({ [resource]: loaded });
  }

  #set(part: Partial<PageState>): void {
    this.#state = { ...this.#state, ...part };
    this.#onChange(this.#state);
  }
}
