/** The part of an Observable that collecting needs. */
export interface Source<T> {
  subscribe(observer: { next: (value: T) => void; error: (error: unknown) => void; complete: () => void }): {
    unsubscribe: () => void;
  };
}

interface Wait<T> {
  readonly holds: (values: readonly T[]) => boolean;
  readonly resolve: (values: readonly T[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Everything a stream has told so far. `until` waits for it without sleeping: it is looked at after each value, and the test runner's own
 * time-out ends a wait in vain.
 */
export class Collected<T> {
  readonly values: T[] = [];
  readonly #subscription: { unsubscribe: () => void };
  #waits: Wait<T>[] = [];
  #end: { readonly error: unknown } | 'complete' | undefined;

  constructor(source: Source<T>) {
    this.#subscription = source.subscribe({
      next: (value) => {
        this.values.push(value);
        this.#look();
      },
      error: (error) => this.#finish({ error }),
      complete: () => this.#finish('complete'),
    });
  }

  /** Resolves as soon as `holds` is true of all values so far. Rejects when the stream ends before. */
  until(holds: (values: readonly T[]) => boolean): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      this.#waits.push({ holds, resolve, reject });
      this.#look();
    });
  }

  /** The first value that is `wanted`. */
  async first<S extends T>(wanted: (value: T) => value is S): Promise<S> {
    await this.until((values) => values.some((value) => wanted(value)));
    const found = this.values.find((value): value is S => wanted(value));
    if (found === undefined) throw new Error('A collected value disappeared');
    return found;
  }

  /** The error that ended the stream. Rejects when it completes instead. */
  failure(): Promise<unknown> {
    return this.until(() => false).then(
      () => Promise.reject(new Error('unreachable')),
      (reason: unknown) => (this.#end === 'complete' ? Promise.reject(reason) : reason),
    );
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  #finish(end: { readonly error: unknown } | 'complete'): void {
    this.#end = end;
    this.#look();
  }

  #look(): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) {
      if (wait.holds(this.values)) wait.resolve(this.values);
      else if (this.#end === 'complete') wait.reject(new Error('The stream completed before'));
      else if (this.#end) wait.reject(this.#end.error);
      else this.#waits.push(wait);
    }
  }
}

/** All rows of an answer in pages. */
export async function pagesOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
