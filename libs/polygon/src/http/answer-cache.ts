/** A parsed answer with its text, for rows that can't be read. */
export interface Fetched {
  readonly body: unknown;
  readonly text: string;
}

interface Entry extends Fetched {
  readonly etag: string | null;
  /** Milliseconds. */
  readonly at: number;
}

/** Answers of this process by URL, least recently used ones out first, and at most this much text. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** What has been asked before: as young as the caller wants it, or confirmed by its ETag. Answers are shared: never changed by who reads them. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  #characters = 0;

  fresh(url: string, maxAgeMs: number, now: number): Fetched | undefined {
    const entry = this.#entries.get(url);
    // An answer from the future is one from before a clock was set back.
    if (!entry || entry.at > now || now - entry.at >= maxAgeMs) return undefined;
    this.#entries.delete(url);
    this.#entries.set(url, entry);
    return entry;
  }

  etag(url: string): string | undefined {
    return this.#entries.get(url)?.etag ?? undefined;
  }

  /** The vendor says that what we have still holds. */
  confirmed(url: string, now: number): Fetched | undefined {
    const entry = this.#entries.get(url);
    if (entry) this.put(url, entry, entry.etag, now);
    return entry;
  }

  put(url: string, { body, text }: Fetched, etag: string | null, now: number): void {
    this.#drop(url);
    if (text.length > MOST_CHARACTERS / 4) return;
    this.#entries.set(url, { body, text, etag, at: now });
    this.#characters += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#characters <= MOST_CHARACTERS) return;
      this.#drop(oldest);
    }
  }

  #drop(url: string): void {
    const entry = this.#entries.get(url);
    if (!entry) return;
    this.#entries.delete(url);
    this.#characters -= entry.text.length;
  }
}
