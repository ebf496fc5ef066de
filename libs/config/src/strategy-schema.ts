import { z } from 'zod';

const delta = () => z.number().gt(0).lt(1).describe('Absolute delta of the legs that are chosen by delta.');
const days = (description: string) => z.int().min(0).max(1_100).describe(description);

const DTE_ORDER = { error: 'min not above max', path: ['min'] };

const deltaRange = () =>
  z
    .strictObject({ min: delta(), target: delta(), max: delta() })
    .refine(({ min, target, max }) => min <= target && target <= max, {
      error: 'min <= target <= max',
      path: ['target'],
    });

const legSchema = z.strictObject({
  side: z.enum(['buy', 'sell']).describe('What is done to open.'),
  right: z.enum(['call', 'put']).describe('Kind of option.'),
  ratio: z.int().min(1).max(4).default(1).describe('Contracts of this leg in one unit.'),
  at: z
    .enum(['delta', 'wing', 'same'])
    .default('delta')
    .describe('How its strike is found: by delta, `steps` widths out of the money from leg `of`, or that of leg `of`.'),
  of: z.int().min(0).max(3).default(0).describe('Number of the leg it is measured from, the first is 0.'),
  steps: z
    .number()
    .min(-5)
    .max(5)
    .refine((steps) => steps !== 0, { error: 'not 0: that is at: same' })
    .default(1)
    .describe('Widths away from that leg: positive farther out of the money, negative farther in.'),
  delta: deltaRange().optional().describe("Its own range of deltas instead of the strategy's."),
  expiry: z.enum(['near', 'far']).default('near').describe('Which of the two expiries of a calendar or diagonal.'),
});

const legsSchema = z
  .array(legSchema)
  .min(1)
  .max(4)
  .refine((legs) => legs.every(({ at, of }, index) => at === 'delta' || of < index), {
    error: 'the first leg is found by delta, and a leg is measured only from one before it',
  })
  .refine((legs) => legs.map(({ ratio }) => ratio).reduce(divisor, 0) === 1, {
    error: 'ratios without a common divisor',
  })
  .refine((legs) => legs.some(({ expiry }) => expiry === 'near'), { error: 'at least one leg of the near expiry' });

const whenSchema = z.strictObject({
  direction: z
    .array(z.enum(['up', 'down', 'neutral']))
    .min(1)
    .describe('Directions it expresses.'),
  conviction: z
    .array(z.enum(['strong', 'moderate', 'none']))
    .min(1)
    .describe('How sure the view has to be.'),
  volatility: z
    .array(z.enum(['rich', 'fair', 'cheap', 'unknown']))
    .min(1)
    .default(['rich', 'fair', 'cheap', 'unknown'])
    .describe('How dear options may be.'),
  term: z
    .array(z.enum(['contango', 'flat', 'backwardation', 'unknown']))
    .min(1)
    .default(['contango', 'flat', 'backwardation', 'unknown'])
    .describe('Term structures of implied volatility in which it is opened.'),
});

const exitSchema = z.strictObject({
  profitTarget: z
    .number()
    .gt(0)
    .max(10)
    .default(0.5)
    .describe('Gain at which it is closed, as a fraction of the premium paid or received.'),
  stopLoss: z
    .number()
    .gt(0)
    .max(10)
    .default(0.5)
    .describe('Loss at which it is closed, as a fraction of the premium paid or a multiple of that received.'),
  minDte: days('Closed when this many days or fewer are left to the first expiry.').default(1),
  maxMinutes: z
    .int()
    .min(1)
    .max(1_600_000)
    .default(14_400)
    .describe('Closed at the latest this many minutes after entry (a day has 1,440).'),
  shortDelta: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('Closed when the absolute delta of a sold leg reaches this; 1 switches the rule off.'),
  exDividend: z
    .boolean()
    .default(true)
    .describe('Closed on the last day before an ex-dividend date when a sold call would be exercised for it.'),
  expiryMinutes: z
    .int()
    .min(0)
    .max(390)
    .default(60)
    .describe('On the day of the first expiry: closed this many minutes before the end of the session.'),
  roll: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How often it may be opened anew at a later expiry after an exit by time, expiry, delta or dividend.'),
  withShares: z
    .boolean()
    .default(false)
    .describe('True: when it is left and not rolled, the shares that it stood on are sold as well.'),
});

/** The one form that every strategy has, built-in or a user's own. */
export const strategySchema = z.strictObject({
  about: z.string().min(1).max(300).describe('What it is for, in a sentence.'),
  enabled: z.boolean().default(true).describe('False: never opened; what is open is still looked after.'),
  fromBalance: z.number().min(0).max(1e9).default(0).describe('Smallest balance in dollars that may open it.'),
  when: whenSchema,
  legs: legsSchema.describe('One to four option legs of one unit.'),
  shares: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe('Shares that must be held for one unit: only the option legs are ordered, against stock that is there.'),
  dte: z
    .strictObject({
      min: days('Fewest days to expiry at entry.'),
      max: days('Most days to expiry at entry.'),
    })
    .refine(({ min, max }) => min <= max, DTE_ORDER),
  farDays: z
    .strictObject({
      min: days('Fewest days of the far expiry behind the near one.').default(7),
      max: days('Most days of the far expiry behind the near one.').default(45),
    })
    .refine(({ min, max }) => min <= max, DTE_ORDER)
    .prefault({}),
  delta: deltaRange(),
  width: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.02)
    .describe('Distance of one step between strikes as a fraction of the spot price; used by legs `at: wing` only.'),
  exit: exitSchema.prefault({}),
});

export type StrategyInput = z.input<typeof strategySchema>;

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
