import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Micros, TradingError, canonicalJson, micros } from '@trading-agent/core';
import type { Replacement, RequestTiming } from '@trading-agent/exchange';
import type { Order } from '@trading-agent/instruments';
import { z } from 'zod';

/**
 * A request that changes the account or (a halt) its market, bound to the market step after which it was made (-1: before the first; counted on from day to day, with
 * one more for the morning of each). `timing`: when a cancel or a replacement happens, at once unless said otherwise.
 */
export type JournaledRequest =
  | { readonly kind: 'submit'; readonly step: number; readonly order: Order }
  | {
      readonly kind: 'cancel';
      readonly step: number;
      readonly brokerOrderIds: readonly string[];
      readonly timing?: RequestTiming | undefined;
    }
  | {
      readonly kind: 'replace';
      readonly step: number;
      readonly brokerOrderId: string;
      readonly wish: Replacement;
      readonly timing?: RequestTiming | undefined;
    }
  | { readonly kind: 'exercise' | 'decline'; readonly step: number; readonly symbol: string }
  | {
      readonly kind: 'halt';
      readonly step: number;
      readonly symbol: string;
      readonly start: Micros;
      readonly end: Micros;
    };

/** Which market and account a journal belongs to; one made for another can't be resumed. */
export type JournalIdentity = Readonly<Record<string, string | number>>;

const leg = z.strictObject({
  symbol: z.string(),
  ratio: z.number().int(),
  intent: z.enum(['buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close']),
});
const at = z.number().int().transform(micros);
const timing = z.enum(['at-once', 'next-step']);
const request = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('submit'),
    step: z.number().int(),
    order: z.strictObject({
      clientOrderId: z.string(),
      underlying: z.string(),
      legs: z.array(leg),
      quantity: z.number().int(),
      type: z.enum(['limit', 'market']),
      limit: z.number().nullable(),
      timeInForce: z.literal('day'),
    }),
  }),
  z.strictObject({
    kind: z.literal('cancel'),
    step: z.number().int(),
    brokerOrderIds: z.array(z.string()),
    timing: timing.optional(),
  }),
  z.strictObject({
    kind: z.literal('replace'),
    step: z.number().int(),
    brokerOrderId: z.string(),
    wish: z.strictObject({
      clientOrderId: z.string(),
      quantity: z.number().int().optional(),
      limit: z.number().optional(),
    }),
    timing: timing.optional(),
  }),
  z.strictObject({ kind: z.enum(['exercise', 'decline']), step: z.number().int(), symbol: z.string() }),
  z.strictObject({ kind: z.literal('halt'), step: z.number().int(), symbol: z.string(), start: at, end: at }),
]);
const header = z.strictObject({
  kind: z.literal('market'),
  identity: z.record(z.string(), z.union([z.string(), z.number()])),
});

/**
 * Every mutating request in order, on disk before it takes effect (`requests.jsonl`, one JSON object a line, fsynced). A simulator that was
 * killed finds in it all it needs to stand again where it stood. Without a folder it lives in memory only and dies with the process.
 */
export class RequestJournal {
  readonly #file: { readonly path: string; descriptor: number } | null;
  readonly #identity: JournalIdentity;
  #requests: JournaledRequest[];

  private constructor(
    file: { path: string; descriptor: number } | null,
    identity: JournalIdentity,
    requests: JournaledRequest[],
  ) {
    this.#file = file;
    this.#identity = identity;
    this.#requests = requests;
  }

  static inMemory(): RequestJournal {
    return new RequestJournal(null, {}, []);
  }

  /**
   * Opens the journal in `stateDir` (made when missing): empty unless `resume`, then with what the file holds. A torn last line, which a kill
   * in the middle of a write leaves behind, never took effect and is cut off.
   * @throws {TradingError} `JOURNAL_CORRUPT` when any other line is unreadable, `USAGE` when the file belongs to another market or account.
   */
  static open(stateDir: string, identity: JournalIdentity, resume: boolean): RequestJournal {
    mkdirSync(stateDir, { recursive: true });
    const path = join(stateDir, 'requests.jsonl');
    const requests = resume && existsSync(path) ? read(path, identity) : [];
    const journal = new RequestJournal({ path, descriptor: -1 }, identity, requests);
    journal.#rewrite();
    return journal;
  }

  requests(): readonly JournaledRequest[] {
    return this.#requests;
  }

  /** Returns when the request is on disk. When it could not be written as a whole, nothing of it stays and the error is thrown. */
  append(entry: JournaledRequest): void {
    if (this.#file) appendDurably(this.#file.descriptor, line(entry));
    this.#requests.push(entry);
  }

  /** Forgets what was asked after `step`: the market is wound back to it. Returns how many requests that were. */
  rewind(step: number): number {
    const kept = this.#requests.filter((entry) => entry.step <= step);
    const forgotten = this.#requests.length - kept.length;
    if (forgotten > 0) {
      this.#requests = kept;
      this.#rewrite();
    }
    return forgotten;
  }

  close(): void {
    if (this.#file && this.#file.descriptor >= 0) closeSync(this.#file.descriptor);
    if (this.#file) this.#file.descriptor = -1;
  }

  /** Replaces the file as a whole: whoever dies in the middle leaves the old one. */
  #rewrite(): void {
    if (!this.#file) return;
    this.close();
    const next = `${this.#file.path}.next`;
    const descriptor = openSync(next, 'w', 0o600);
    appendDurably(descriptor, [{ kind: 'market', identity: this.#identity }, ...this.#requests].map(line).join(''));
    renameSync(next, this.#file.path);
    syncFolder(dirname(this.#file.path));
    this.#file.descriptor = descriptor;
  }
}

function appendDurably(descriptor: number, text: string): void {
  const { size } = fstatSync(descriptor);
  try {
    appendFileSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    // Half a line would make the next one unreadable.
    ftruncateSync(descriptor, size);
    throw error;
  }
}

/** A renamed file survives a power cut only when its folder has been written too. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function line(entry: unknown): string {
  return `${canonicalJson(entry)}\n`;
}

function read(path: string, identity: JournalIdentity): JournaledRequest[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop();
  const [first, ...rest] = lines;
  if (first === undefined) return [];
  const stored = parseLine(path, 1, first, header).identity;
  if (canonicalJson(stored) !== canonicalJson(identity)) {
    throw new TradingError('USAGE', 'The state folder belongs to another market or account', {
      hint: 'Resume with the options of the first start, or give another --state folder.',
      details: { path, stored: canonicalJson(stored), given: canonicalJson(identity) },
    });
  }
  return rest.map((text, index) => parseLine(path, index + 2, text, request));
}

function parseLine<T>(path: string, number: number, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TradingError('JOURNAL_CORRUPT', `Line ${number} of ${path} is not a journaled request`, {
      hint: 'Start without --resume to begin the day anew.',
      details: { path, line: number },
      cause,
    });
  }
}
