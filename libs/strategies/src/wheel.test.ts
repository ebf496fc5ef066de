import { describe, expect, it } from 'vitest';
import { NEW_WHEEL, nextOfWheel, turnWheel, wheelAllows, type WheelEvent, type WheelState } from './wheel.ts';

const after = (...events: readonly WheelEvent[]): WheelState => events.reduce(turnWheel, NEW_WHEEL);

describe('the wheel', () => {
  it('sells puts until it is assigned, then calls until the shares are called away', () => {
    const put = { kind: 'put-sold', strike: 100, credit: 2 } as const;
    const call = { kind: 'call-sold', strike: 105, credit: 1.5 } as const;
    const expired = { kind: 'option-ended', debit: 0 } as const;
    expect(nextOfWheel(NEW_WHEEL)).toBe('cash-secured-put');
    expect(after(put)).toEqual({ phase: 'put-sold', strike: 100, premium: 2 });
    expect(nextOfWheel(after(put))).toBe(null);
    expect(after(put, expired)).toEqual({ phase: 'cash', premium: 2 });
    // Bought at 100 with 4 received on the way: a share costs 96.
    expect(after(put, expired, put, { kind: 'assigned' })).toEqual({ phase: 'shares', basis: 96, premium: 4 });
    expect(nextOfWheel(after(put, { kind: 'assigned' }))).toBe('covered-call');
    expect(after(put, { kind: 'assigned' }, call)).toEqual({
      phase: 'call-sold',
      strike: 105,
      basis: 96.5,
      premium: 3.5,
    });
    expect(after(put, { kind: 'assigned' }, call, { kind: 'option-ended', debit: 0.5 })).toEqual({
      phase: 'shares',
      basis: 97,
      premium: 3,
    });
    // Sold at 105, had cost 96.50: the gain is 8.50 a share, premiums included.
    const end = after(put, { kind: 'assigned' }, call, { kind: 'called-away' });
    expect(end).toEqual({ phase: 'cash', premium: 3.5 });
  });

  it.each<[string, readonly WheelEvent[]]>([
    ['a call before there are shares', [{ kind: 'call-sold', strike: 1, credit: 1 }]],
    ['an assignment of nothing', [{ kind: 'assigned' }]],
    ['shares called away that are not there', [{ kind: 'put-sold', strike: 1, credit: 1 }, { kind: 'called-away' }]],
    ['an end of nothing', [{ kind: 'option-ended', debit: 0 }]],
    [
      'a second put',
      [
        { kind: 'put-sold', strike: 1, credit: 1 },
        { kind: 'put-sold', strike: 1, credit: 1 },
      ],
    ],
  ])('does not take %s', (_what, events) => {
    expect(() => after(...events)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('is seen in the holdings: no further put beside shares, no call without', () => {
    expect([wheelAllows('cash-secured-put', 0), wheelAllows('cash-secured-put', 100)]).toEqual([true, false]);
    expect([wheelAllows('covered-call', 99), wheelAllows('covered-call', 100)]).toEqual([false, true]);
    expect(wheelAllows('iron-condor', 100)).toBe(true);
  });
});
