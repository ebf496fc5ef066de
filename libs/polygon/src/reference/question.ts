import type { MarketDate } from '@trading-agent/core';
import type { Log } from '@trading-agent/transport';
import type { Fetched } from '../http/answer-cache.ts';
import type { Freshness, RestClient } from '../http/client.ts';
import { type Capability, Entitlements } from '../http/entitlements.ts';
import { badMessage } from '../errors.ts';
import { type ParseRow, RowReader } from './row-reader.ts';
import type { PolygonCounters } from '../counters.ts';
import { reasonOf } from './fields.ts';

/** A question to the vendor and which part of a plan it needs. */
export interface Question extends Freshness {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly needs: Capability;
  /** Oldest day asked for: a plan's history is limited. */
  readonly from?: MarketDate;
  /** Where the rows lie; `results` unless given. Empty: the answer itself is the list, or the thing. */
  readonly at?: readonly string[];
}

/** Asks, remembers what the plan refuses, reads the rows. */
export class Questions {
  readonly #rest: RestClient;
  readonly entitlements: Entitlements;
  readonly rows: RowReader;

  constructor(rest: RestClient, counters: PolygonCounters, log: Log) {
    this.#rest = rest;
    this.entitlements = new Entitlements(log);
    this.rows = new RowReader(counters, log);
  }

  /** Pages of rows, each read as it comes. */
  async *pages<T>(question: Question, parse: ParseRow<T>): AsyncGenerator<readonly T[]> {
    const { path, needs, from, at = ['results'] } = question;
    this.entitlements.check(needs, from);
    try {
      for await (const fetched of this.#rest.answers(path, wireQuery(question), question))
        yield this.rows.read(path, fetched, at, listAt(path, fetched, at), parse);
    } catch (error) {
      this.entitlements.note(error, needs, from);
      throw error;
    }
  }

  /** All rows, or the first `limit` of them. */
  async all<T>(question: Question, parse: ParseRow<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
    const all: T[] = [];
    for await (const page of this.pages(question, parse)) {
      for (const row of page) all.push(row);
      if (all.length >= limit) break;
    }
    return all.length > limit ? all.slice(0, limit) : all;
  }

  /** One answer's rows, without following pages: for lists that say themselves how far they go. */
  async list<T>(question: Question, parse: ParseRow<T>): Promise<T[]> {
    const fetched = await this.#one(question);
    const at = question.at ?? ['results'];
    return this.rows.read(question.path, fetched, at, listAt(question.path, fetched, at), parse);
  }

  /** One thing. @throws {TradingError} `FEED_BAD_MESSAGE` when it can't be read. */
  async thing<T>(question: Question, parse: ParseRow<T>): Promise<T> {
    const fetched = await this.#one(question);
    const value = valueAt(fetched.body, question.at ?? ['results']);
    const notes: string[] = [];
    try {
      return parse(value, (reason) => notes.push(reason));
    } catch (error) {
      notes.push(reasonOf(error));
      throw badMessage(`${question.path}: ${reasonOf(error)}`, { path: question.path }, error);
    } finally {
      if (notes.length > 0) this.rows.keep(question.path, fetched.text, notes);
    }
  }

  async #one(question: Question): Promise<Fetched> {
    const { path, needs, from } = question;
    this.entitlements.check(needs, from);
    try {
      return await this.#rest.answer(path, wireQuery(question), question);
    } catch (error) {
      this.entitlements.note(error, needs, from);
      throw error;
    }
  }
}

function wireQuery({ query = {} }: Question): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** Absent and null lists are empty: nothing traded, nothing found. */
function listAt(path: string, { body }: Fetched, at: readonly string[]): readonly unknown[] {
  const value = valueAt(body, at);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw badMessage(`${path} answered something that is not a result list`, { path });
}

function valueAt(body: unknown, at: readonly string[]): unknown {
  let value = body;
  for (const key of at) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(key);
  }
  return value;
}
