import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTradingError } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALL_750 } from '../testing/tiny-market.ts';
import { type JournaledRequest, RequestJournal } from './request-journal.ts';

const identity = { market: 'replay', seed: 7 };
const order = (id: string): Order => ({
  clientOrderId: id,
  underlying: 'GOOG',
  legs: [{ symbol: CALL_750, ratio: 1, intent: 'buy_to_open' }],
  quantity: 1,
  type: 'limit',
  limit: 7.2,
  timeInForce: 'day',
});
const submit = (step: number, id: string): JournaledRequest => ({ kind: 'submit', step, order: order(id) });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'market-sim-journal-'));
  file = join(folder, 'requests.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return isTradingError(error) ? error.code : 'not a TradingError';
  }
  return undefined;
}

describe('a request journal on disk', () => {
  it('gives back on resume what was appended, and nothing on a fresh start', () => {
    const first = RequestJournal.open(folder, identity, false);
    first.append(submit(-1, 'a'));
    first.append({ kind: 'cancel', step: 2, brokerOrderIds: ['x', 'y'] });
    // Nothing was closed: what a killed process leaves behind.
    expect(RequestJournal.open(folder, identity, true).requests()).toEqual(first.requests());
    expect(RequestJournal.open(folder, identity, false).requests()).toEqual([]);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2);
  });

  it('cuts off a torn last line and goes on behind it', () => {
    RequestJournal.open(folder, identity, false).append(submit(0, 'a'));
    appendFileSync(file, '{"kind":"submit","step":1,"ord');
    const resumed = RequestJournal.open(folder, identity, true);
    expect(resumed.requests()).toEqual([submit(0, 'a')]);
    resumed.append(submit(3, 'b'));
    expect(RequestJournal.open(folder, identity, true).requests()).toEqual([submit(0, 'a'), submit(3, 'b')]);
  });

  it('refuses a line that is broken in the middle, and a journal of another market', () => {
    RequestJournal.open(folder, identity, false).append(submit(0, 'a'));
    expect(codeOf(() => RequestJournal.open(folder, { ...identity, seed: 8 }, true))).toBe('USAGE');
    appendFileSync(file, 'broken\n');
    expect(codeOf(() => RequestJournal.open(folder, identity, true))).toBe('JOURNAL_CORRUPT');
  });

  it('begins anew where there is nothing, or nothing whole, to resume', () => {
    expect(RequestJournal.open(join(folder, 'new', 'folder'), identity, true).requests()).toEqual([]);
    writeFileSync(file, '{"kind":"mar');
    expect(RequestJournal.open(folder, identity, true).requests()).toEqual([]);
  });

  it('forgets what came after a step, on disk too', () => {
    const journal = RequestJournal.open(folder, identity, false);
    for (const step of [0, 1, 1, 2]) journal.append(submit(step, `at ${step}`));
    expect(journal.rewind(1)).toBe(1);
    expect(journal.rewind(1)).toBe(0);
    journal.append(submit(1, 'again'));
    expect(RequestJournal.open(folder, identity, true).requests()).toEqual(journal.requests());
    expect(journal.requests().map(({ step }) => step)).toEqual([0, 1, 1, 1]);
  });
});
