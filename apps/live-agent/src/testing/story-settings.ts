import { loadSettings, type Settings } from '@trading-agent/config';
import { assignedPutSettings } from '@trading-agent/testkit';
import type { DayOptions } from './synthetic-day.ts';

/** What an account of a story trades by. The put ends on the second session; shares are closed by the hundred, so that there is a middle of it. */
export function storySettings({ balance, dataDir, story = 'baseline' }: DayOptions): Settings {
  if (story === 'baseline') return loadSettings({ env: {}, cwd: dataDir, overrides: { 'account.balance': balance } });
  const settings = assignedPutSettings({ balance, dte: { min: 1, max: 2 } });
  return { ...settings, risk: { ...settings.risk, orders: { ...settings.risk.orders, maxContracts: 1 } } };
}
