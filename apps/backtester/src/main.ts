import { systemClock, toTradingError, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { latestSession, nyDate } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { backtest } from './backtest.ts';

// The backtester alone, as `nx serve backtester` runs it: the latest session of the synthetic market with the configured account, again
// after every change of the code. `agent backtest` has all the options.
try {
  const settings = loadSettings({ env: process.env, cwd: process.cwd() });
  const { balance, riskTolerance } = settings.account;
  const { report } = await backtest({
    settings,
    source: { kind: 'sim' },
    date: latestSession(nyDate(systemClock.now())),
    symbols: tierFor(usd(balance), settings.tiers, riskTolerance).symbols,
    balance,
    seed: 7,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (thrown) {
  const error = toTradingError(thrown);
  process.stderr.write(`${JSON.stringify({ error })}\n`);
  process.exitCode = error.exitCode;
}
