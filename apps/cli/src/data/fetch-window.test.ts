import { marketDate, microsFromRfc3339 } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { fetchWindow } from './fetch-window.ts';

describe('fetchWindow', () => {
  it('has days that are over in New York, whatever day it is in UTC', () => {
    // 23:59 in New York on Monday the 2nd: its news are not all there, and would count as fetched.
    const before = fetchWindow(microsFromRfc3339('2026-11-03T04:59:00Z'), 2);
    expect(before).toEqual({ dates: ['2026-10-29', '2026-10-30'], today: '2026-11-02' });
    const after = fetchWindow(microsFromRfc3339('2026-11-03T05:00:00Z'), 2);
    expect(after).toEqual({ dates: ['2026-10-30', '2026-11-02'], today: '2026-11-03' });
    // After the close of a half day there are still bars to come.
    const half = microsFromRfc3339('2026-11-27T18:30:00Z');
    expect(fetchWindow(half, 1).dates).toEqual(['2026-11-25']);
    expect(() => fetchWindow(half, 1, marketDate('2026-11-27'))).toThrow(/not over yet/);
  });
});
