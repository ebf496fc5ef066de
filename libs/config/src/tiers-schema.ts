import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';
import { tickerSchema } from './symbols-schema.ts';

const fraction = (min: number, max: number, description: string) => z.number().min(min).max(max).describe(description);

export const MODEL_NAMES = ['random-forest', 'xgboost', 'neural-network'] as const;

const tierSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z-]*$/)
    .meta({ description: 'Name of the tier.', allowed: 'a name in lower case' }),
  fromBalance: z
    .number()
    .min(0)
    .max(1_000_000_000)
    .describe('Lowest balance in dollars; it ends where the next begins.'),
  symbols: z.array(tickerSchema).max(1_000).describe('Tickers added to those of the tiers before.'),
  maxPositions: z.int().min(1).max(1_000).describe('Most structures open at once.'),
  riskPerTrade: fraction(0.001, 0.2, 'Largest loss of one trade as a fraction of the balance, at medium tolerance.'),
  maxPositionSize: fraction(0.1, 0.3, 'Largest capital in one position as a fraction of the balance.'),
  stopLoss: fraction(0.3, 0.5, 'Loss of the premium paid at which a trade is closed.'),
  apiBudget: z.strictObject({
    perMinute: z.int().min(1).max(1_000_000).describe('Market-data requests per minute.'),
    perDay: z.int().min(1).max(1_000_000_000).describe('Market-data requests per day.'),
  }),
  limits: z.strictObject({
    dailyLoss: fraction(0.001, 1, 'Loss of a day, as a fraction of its starting balance, that halts trading.'),
    portfolioRisk: fraction(0.001, 1, 'Largest loss of all open positions together, as a fraction of the balance.'),
    correlation: fraction(0, 1, 'Highest correlation with a position already held.'),
  }),
  training: z.strictObject({
    lookbackDays: z.int().min(30).max(90).describe('Days of history each training reads.'),
    models: z.array(z.enum(MODEL_NAMES)).min(1).max(3).describe('Model types trained and compared.'),
    folds: z.int().min(2).max(20).describe('Folds of the walk-forward validation.'),
    trials: z.int().min(1).max(1_000).describe('Hyper-parameter sets tried per model type.'),
  }),
});

type TierInput = z.input<typeof tierSchema>;

const LIMITS = { dailyLoss: 0.05, portfolioRisk: 0.15, correlation: 0.7 };

const training = (lookbackDays: number, folds: number, trials: number): TierInput['training'] => ({
  lookbackDays,
  models: [...MODEL_NAMES],
  folds,
  trials,
});

const DEFAULT_TIERS: TierInput[] = [
  {
    name: 'micro',
    fromBalance: 0,
    symbols: ['SPY', 'QQQ', 'IWM'],
    maxPositions: 2,
    riskPerTrade: 0.02,
    maxPositionSize: 0.3,
    stopLoss: 0.5,
    apiBudget: { perMinute: 5, perDay: 1_000 },
    limits: LIMITS,
    training: training(30, 3, 5),
  },
  {
    name: 'small',
    fromBalance: 1_000,
    symbols: ['AAPL', 'MSFT', 'TSLA'],
    maxPositions: 3,
    riskPerTrade: 0.025,
    maxPositionSize: 0.25,
    stopLoss: 0.45,
    apiBudget: { perMinute: 7, perDay: 1_500 },
    limits: LIMITS,
    training: training(45, 3, 10),
  },
  {
    name: 'medium',
    fromBalance: 10_000,
    symbols: ['NVDA', 'AMZN', 'GOOGL', 'META'],
    maxPositions: 5,
    riskPerTrade: 0.03,
    maxPositionSize: 0.2,
    stopLoss: 0.4,
    apiBudget: { perMinute: 10, perDay: 2_000 },
    limits: LIMITS,
    training: training(60, 4, 15),
  },
  {
    name: 'large',
    fromBalance: 50_000,
    symbols: ['NFLX', 'ADBE', 'CRM', 'PYPL', 'AMD', 'INTC', 'DIS', 'BA'],
    maxPositions: 8,
    riskPerTrade: 0.035,
    maxPositionSize: 0.15,
    stopLoss: 0.35,
    apiBudget: { perMinute: 15, perDay: 3_000 },
    limits: LIMITS,
    training: training(75, 5, 25),
  },
  {
    name: 'institutional',
    fromBalance: 250_000,
    symbols: ['JPM', 'JNJ', 'PG', 'UNH', 'XOM', 'V', 'HD', 'KO'],
    maxPositions: 12,
    riskPerTrade: 0.04,
    maxPositionSize: 0.1,
    stopLoss: 0.3,
    apiBudget: { perMinute: 25, perDay: 5_000 },
    limits: LIMITS,
    training: training(90, 5, 40),
  },
];

const factor = (value: number) =>
  z.number().gt(0).max(2).default(value).describe("Factor on the tier's riskPerTrade for this tolerance.");

export const tiersSchema = z
  .strictObject({
    tolerance: z.strictObject({ low: factor(0.5), medium: factor(1), high: factor(1.25) }).prefault({}),
    riskPerTrade: z
      .strictObject({
        min: fraction(0.001, 0.2, 'riskPerTrade never falls below this, whatever the tolerance.').default(0.01),
        max: fraction(0.001, 0.2, 'riskPerTrade never rises above this, whatever the tolerance.').default(0.05),
      })
      .refine(({ min, max }) => min <= max, { error: 'min not above max', path: ['min'] })
      .prefault({}),
    change: z
      .strictObject({
        promoteAbove: z
          .number()
          .min(0)
          .max(1)
          .default(0.02)
          .describe('A tier is taken when the balance stands this far above its fromBalance, as a fraction of it.'),
        promoteAfter: z
          .int()
          .min(1)
          .max(60)
          .default(3)
          .describe('Sessions in a row that have to begin there before the higher tier is taken.'),
      })
      .prefault({}),
    sizing: z
      .strictObject({
        kelly: fraction(0, 1, 'Part of the Kelly fraction that a trade may risk; 0 switches this limit off.').default(
          0.25,
        ),
        leastReturn: z
          .number()
          .min(-1)
          .max(1)
          .default(-0.25)
          .describe('Least expected return on the risked sum; live trading never takes less than 0.'),
        maxFeeShare: fraction(0.001, 1, 'Fees to open and close one unit, at most this part of its premium.').default(
          0.1,
        ),
      })
      .prefault({}),
    table: z.array(tierSchema).min(1).max(20).prefault(DEFAULT_TIERS),
  })
  .superRefine(({ tolerance, riskPerTrade, table }, context) => {
    const refuse = (path: (string | number)[], found: unknown, message: string): void => {
      // A value that comes from a default is not in the input: `params` carries it to the report.
      context.addIssue({ code: 'custom', path, params: { found }, message });
    };
    if (!(tolerance.low <= tolerance.medium && tolerance.medium <= tolerance.high)) {
      refuse(['tolerance', 'medium'], tolerance.medium, 'low <= medium <= high');
    }
    const dailyLoss = Math.min(...table.map(({ limits }) => limits.dailyLoss));
    if (riskPerTrade.max > dailyLoss) {
      refuse(['riskPerTrade', 'max'], riskPerTrade.max, `at most the smallest limits.dailyLoss (${dailyLoss})`);
    }
    const symbols = new Set<string>();
    const names = new Set<string>();
    for (const [index, tier] of table.entries()) {
      const before = table[index - 1];
      const at = (...rest: (string | number)[]): (string | number)[] => ['table', index, ...rest];
      if (before === undefined ? tier.fromBalance !== 0 : tier.fromBalance <= before.fromBalance) {
        refuse(at('fromBalance'), tier.fromBalance, 'the first tier begins at 0, each other above the one before');
      }
      if (names.has(tier.name)) refuse(at('name'), tier.name, 'a name that no other tier has');
      names.add(tier.name);
      for (const [position, symbol] of tier.symbols.entries()) {
        if (symbols.has(symbol)) refuse(at('symbols', position), symbol, 'a ticker that no tier has listed before');
        symbols.add(symbol);
      }
      if (tier.limits.portfolioRisk < tier.limits.dailyLoss) {
        refuse(
          at('limits', 'portfolioRisk'),
          tier.limits.portfolioRisk,
          `at least dailyLoss (${tier.limits.dailyLoss})`,
        );
      }
    }
    if (table[0]?.symbols.length === 0) refuse(['table', 0, 'symbols'], [], 'at least one ticker');
  });

/** The tiers as configured: fractions are of the balance, money is in dollars; sorted by `fromBalance`, the first begins at 0. */
export type TierTable = DeepReadonly<z.output<typeof tiersSchema>>;
export type TierSettings = TierTable['table'][number];
