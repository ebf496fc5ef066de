import type { SwitchSetting } from '@trading-agent/store';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { SwitchWatch } from './switch-watch.ts';

const HALT: SwitchSetting = { scope: '*', state: 'halt', by: 'ann', reason: 'news', changedAt: null };

/** A store whose answers the test gives one by one. */
function slowStore() {
  const asked: PromiseWithResolvers<SwitchSetting | null>[] = [];
  const listening = Promise.withResolvers<(message: null) => void | Promise<void>>();
  const store = {
    killSwitch: {
      set: () => Promise.resolve(),
      byFile: () => null,
      list: () => Promise.resolve([]),
      inForce: () => {
        const answer = Promise.withResolvers<SwitchSetting | null>();
        asked.push(answer);
        return answer.promise;
      },
    },
    listen: (_channel: string, callback: (message: null) => void | Promise<void>) => {
      listening.resolve(callback);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  };
  return { store, asked, announce: listening.promise };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the watch on the kill switch', () => {
  it('reads again what was set while it was being read at the start', async () => {
    const { store, asked, announce } = slowStore();
    const opening = SwitchWatch.open(store, 'PA1', silentLog);
    const tell = await announce;
    await turn();
    void tell(null);
    asked[0]?.resolve(null);
    await turn();
    asked[1]?.resolve(HALT);
    expect((await opening).wanted()).toEqual(HALT);
    expect(asked).toHaveLength(2);
  });

  it('halts while the switch can not be read, and asks again', async () => {
    const { store, asked, announce } = slowStore();
    const opening = SwitchWatch.open(store, 'PA1', silentLog);
    await announce;
    await turn();
    asked[0]?.reject(new Error('gone'));
    const watch = await opening;
    expect(watch.wanted()).toMatchObject({ state: 'halt', by: 'live-agent' });
    asked[1]?.resolve(null);
    await turn();
    expect(watch.wanted()).toBeNull();
  });
});
