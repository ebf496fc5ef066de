import { loadSettings, onlyStrategies, type Settings } from '@trading-agent/config';

export interface AssignedPutOptions {
  /** Dollars. */
  readonly balance: number;
  /** Days to the expiry of the put that is sold. */
  readonly dte: { readonly min: number; readonly max: number };
}

/** Settings of an account that sells a put in the money and keeps it to its end: the next session begins with shares. */
export function assignedPutSettings({ balance, dte }: AssignedPutOptions): Settings {
  const loaded = loadSettings({ env: {}, cwd: import.meta.dirname, overrides: { 'account.balance': balance } });
  const strategies = onlyStrategies(loaded.strategies, ['cash-secured-put']);
  const put = strategies['cash-secured-put'];
  if (put === undefined) throw new Error('The strategy is not there');
  const { sizing, table } = loaded.tiers;
  return {
    ...loaded,
    strategies: {
      ...strategies,
      'cash-secured-put': {
        ...put,
        when: {
          direction: ['up', 'neutral', 'down'],
          conviction: ['strong', 'moderate', 'none'],
          volatility: ['rich', 'fair', 'cheap', 'unknown'],
          term: ['contango', 'flat', 'backwardation', 'unknown'],
        },
        dte,
        delta: { min: 0.6, target: 0.8, max: 0.98 },
        exit: {
          ...put.exit,
          profitTarget: 10,
          stopLoss: 10,
          minDte: 0,
          expiryMinutes: 0,
          shortDelta: 1,
          maxMinutes: 1e6,
          roll: 0,
        },
      },
    },
    tiers: {
      ...loaded.tiers,
      riskPerTrade: { min: 0, max: 1 },
      sizing: { ...sizing, kelly: 0, maxFeeShare: 1, leastReturn: -1 },
      table: table.map((tier) => ({
        ...tier,
        riskPerTrade: 0.5,
        maxPositionSize: 0.9,
        limits: { ...tier.limits, portfolioRisk: 0.9 },
      })),
    },
  };
}
