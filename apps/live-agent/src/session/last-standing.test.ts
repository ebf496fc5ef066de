import { marketDate } from '@trading-agent/core';
import type { SessionRow } from '@trading-agent/store';
import { describe, expect, it } from 'vitest';
import { standingAfter } from './last-standing.ts';

const TODAY = marketDate('2026-03-03');
const standing = (tier: string, waited: number) => ({ standing: { tier, waited } });

function row(over: Partial<SessionRow>): SessionRow {
  return {
    id: 'a',
    account: 'PA1',
    date: '2026-03-02',
    run: 1,
    mode: 'paper',
    status: 'finished',
    settings: {},
    result: null,
    startedAt: 0,
    finishedAt: 0,
    committedSeq: 1,
    ...over,
  };
}

describe('the standing that a session begins with', () => {
  it('is that with which the session before ended', () => {
    const rows = [row({ settings: standing('medium', 0), result: standing('small', 0) }), row({ date: '2026-02-27' })];
    expect(standingAfter(rows, TODAY)).toEqual({ tier: 'small', waited: 0 });
  });

  it('is that with which it began when it never ended', () => {
    expect(standingAfter([row({ settings: standing('small', 2), status: 'running' })], TODAY)).toEqual({
      tier: 'small',
      waited: 2,
    });
  });

  it('counts one day once, however often it is run', () => {
    const today = row({ date: TODAY, result: standing('small', 2) });
    expect(standingAfter([today], TODAY)).toEqual({ tier: 'small', waited: 1 });
    expect(standingAfter([row({ date: TODAY, result: standing('small', 0) })], TODAY)?.waited).toBe(0);
  });

  it('passes over what says nothing of it, and is unknown for a new account', () => {
    const rows = [row({ date: TODAY, result: { abandoned: true } }), row({ result: standing('large', 0) })];
    expect(standingAfter(rows, TODAY)).toEqual({ tier: 'large', waited: 0 });
    expect(standingAfter([], TODAY)).toBeUndefined();
  });
});
