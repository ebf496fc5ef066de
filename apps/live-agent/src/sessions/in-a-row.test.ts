import { ManualClock, micros, microsFromRfc3339 } from '@trading-agent/core';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeBroker } from '../testing/fake-broker.ts';
import { CALL, CLOSE, minute, RealDay } from '../testing/real-day.ts';
import { silentLog } from '../testing/silent-log.ts';
import type { TradingDayResult } from '../trading-day.ts';
import { CalendarCourse } from './calendar-course.ts';
import { runSessions } from './run-sessions.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary.remove());

it('a session on a real market is followed by the next one by the calendar: what is held is taken over, nothing is sent twice, a stop is whole', async () => {
  const { store } = temporary;
  const broker = new FakeBroker();
  // A half day, Christmas, a weekend: nothing else than the clock passes in between.
  const monday = microsFromRfc3339('2015-12-28T14:30:00Z');
  const clock = new ManualClock(minute(0));
  const days: RealDay[] = [];
  const course = new CalendarCourse({
    clock,
    sleep: (duration) => Promise.resolve(clock.advanceTo(micros(clock.now() + duration))),
    log: silentLog,
  });
  const trade = async ({ resume }: { readonly resume: boolean }): Promise<TradingDayResult> => {
    const [friday] = days;
    const day = new RealDay({ store, broker, clock, resume, ...(friday === undefined ? {} : { open: monday }) });
    days.push(day);
    // The word that it is open is no step: what fails before the first one fails again and again.
    expect((await day.opened()).last?.isStep).toBe(false);
    if (friday === undefined) {
      const { clientOrderId } = await day.untilOrder();
      broker.events.next(broker.fill(clientOrderId, 2, 2.53));
      await day.at(6);
      await day.at(CLOSE);
      await day.at(CLOSE + 0.1);
      return day.result;
    }
    expect(clock.now()).toBe(minute(-15, monday));
    const { view, isStep } = await day.at(1);
    expect(isStep).toBe(true);
    expect(view).toMatchObject({ positions: [{ symbol: CALL, quantity: 2 }], halted: null });
    expect(view.record.structures).toMatchObject([{ id: 'S1', open: 2 }]);
    return day.interrupt();
  };
  const ended: string[] = [];
  const { traded, interrupted } = await runSessions({
    trade,
    course,
    sessions: Number.POSITIVE_INFINITY,
    resume: true,
    onEnd: ({ report }) => ended.push(report.session),
    log: silentLog,
  });
  expect([traded, ended]).toEqual([1, ['2015-12-24']]);
  expect((await store.sessions.list(2)).map(({ date, status }) => [date, status])).toEqual([
    ['2015-12-28', 'running'],
    ['2015-12-24', 'finished'],
  ]);
  // Taken up again it is the same session, with what it had.
  const again = await new RealDay({ store, broker, clock, open: monday, resume: true }).opened();
  expect((await again.at(2)).view.record.structures).toMatchObject([{ id: 'S1', open: 2 }]);
  expect((await again.interrupt()).sessionId).toBe(interrupted?.sessionId);
  expect(new Set(broker.submitted).size).toBe(broker.submitted.length);
});
