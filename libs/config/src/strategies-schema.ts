import { z } from 'zod';

/** The structures that can be traded. */
export const STRATEGY_NAMES = [
  'long-call',
  'long-put',
  'bull-call-spread',
  'bear-put-spread',
  'bull-put-spread',
  'bear-call-spread',
  'iron-condor',
] as const;

export type StrategyName = (typeof STRATEGY_NAMES)[number];

interface Defaults {
  readonly dte: readonly [min: number, max: number];
  readonly delta: readonly [min: number, target: number, max: number];
  readonly width: number;
  readonly profitTarget: number;
  readonly stopLoss: number;
}

const delta = (value: number) =>
  z.number().gt(0).lt(1).default(value).describe('Absolute delta of the leg that defines the structure.');

const days = (value: number, description: string) => z.int().min(0).max(1_100).default(value).describe(description);

const DTE_ORDER = { error: 'min not above max', path: ['min'] };
const DELTA_ORDER = { error: 'min <= target <= max', path: ['target'] };

const strategy = (kind: 'debit' | 'credit', defaults: Defaults) =>
  z
    .strictObject({
      enabled: z.boolean().default(true).describe('False: never opened; what is open is still looked after.'),
      dte: z
        .strictObject({
          min: days(defaults.dte[0], 'Fewest days to expiry at entry.'),
          max: days(defaults.dte[1], 'Most days to expiry at entry.'),
        })
        .refine(({ min, max }) => min <= max, DTE_ORDER)
        .prefault({}),
      delta: z
        .strictObject({
          min: delta(defaults.delta[0]),
          target: delta(defaults.delta[1]),
          max: delta(defaults.delta[2]),
        })
        .refine(({ min, target, max }) => min <= target && target <= max, DELTA_ORDER)
        .prefault({}),
      width: z
        .number()
        .min(0)
        .max(0.5)
        .default(defaults.width)
        .describe(
          'Distance between the strikes of a vertical as a fraction of the spot price; not used by single legs.',
        ),
      exit: z
        .strictObject({
          profitTarget: z
            .number()
            .gt(0)
            .max(kind === 'credit' ? 1 : 10)
            .default(defaults.profitTarget)
            .describe('Gain at which it is closed, as a fraction of the premium paid or received.'),
          stopLoss: z
            .number()
            .gt(0)
            .max(kind === 'debit' ? 1 : 10)
            .default(defaults.stopLoss)
            .describe('Loss at which it is closed, as a fraction of the premium paid or a multiple of that received.'),
          minDte: days(1, 'Closed when this many days or fewer are left to expiry.'),
          maxMinutes: z
            .int()
            .min(1)
            .max(1_600_000)
            .default(14_400)
            .describe('Closed at the latest this many minutes after entry (a day has 1,440).'),
        })
        .prefault({}),
    })
    .prefault({});

const single: Defaults = { dte: [7, 60], delta: [0.25, 0.45, 0.6], width: 0, profitTarget: 0.5, stopLoss: 0.4 };
const debit: Defaults = { dte: [7, 60], delta: [0.4, 0.55, 0.7], width: 0.02, profitTarget: 0.5, stopLoss: 0.5 };
const credit: Defaults = { dte: [7, 60], delta: [0.15, 0.3, 0.4], width: 0.02, profitTarget: 0.5, stopLoss: 1.5 };
const condor: Defaults = { dte: [14, 60], delta: [0.1, 0.2, 0.3], width: 0.02, profitTarget: 0.5, stopLoss: 1.5 };

export const strategiesSchema = z.strictObject({
  'long-call': strategy('debit', single),
  'long-put': strategy('debit', single),
  'bull-call-spread': strategy('debit', debit),
  'bear-put-spread': strategy('debit', debit),
  'bull-put-spread': strategy('credit', credit),
  'bear-call-spread': strategy('credit', credit),
  'iron-condor': strategy('credit', condor),
} satisfies Record<StrategyName, unknown>);
