import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';

const number = (value: number, min: number, max: number, description: string) =>
  z.number().min(min).max(max).default(value).describe(description);

const whole = (value: number, min: number, max: number, description: string) =>
  z.int().min(min).max(max).default(value).describe(description);

const share = (value: number, description: string) => z.number().gt(0).max(10).default(value).describe(description);

interface Sensitivities {
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
}

/** What a small move costs, as a fraction of equity: comparable over accounts and prices of the underlying, as plain greeks are not. */
const sensitivities = (of: string, { delta, gamma, vega, theta }: Sensitivities) =>
  z
    .strictObject({
      delta: share(
        delta,
        `Most that a move of 1% of the price may change the value of ${of}, as a fraction of equity.`,
      ),
      gamma: share(gamma, `Most that a move of 1% of the price may change that delta figure for ${of}.`),
      vega: share(vega, `Most that a point of volatility may change the value of ${of}.`),
      theta: share(theta, `Most that a day may change the value of ${of}.`),
    })
    .prefault({});

const shocks = (values: readonly number[], min: number, max: number, most: number, description: string) =>
  z
    .array(z.number().gt(min).max(max))
    .min(1)
    .max(most)
    .default([...values])
    .describe(description);

export const riskSchema = z.strictObject({
  orders: z
    .strictObject({
      maxQuoteAgeSeconds: number(90, 1, 3_600, 'Oldest quote that an order may be based on.'),
      maxMarkAgeMinutes: number(15, 1, 390, 'Oldest quote of what is held beside which anything is opened.'),
      priceCollar: number(
        0.25,
        0.001,
        1,
        "How far an order's limit may be worse than the quotes' midpoint, as a fraction of the legs' gross premium.",
      ),
      modelCollar: number(
        0.35,
        0.001,
        2,
        "How far an order's limit may be worse than the price that the neighbouring strikes imply, as a fraction of the legs' gross premium.",
      ),
      shareCollar: number(
        0.01,
        0.0001,
        0.5,
        "How far the limit of an order that closes shares may be worse than the quotes' midpoint or, without quotes, the last price: a fraction of it.",
      ),
      maxContracts: whole(500, 1, 100_000, 'Most contracts of one opening order, all legs together.'),
      maxPerMinute: whole(10, 1, 10_000, 'Most opening orders within a minute.'),
      maxPerHour: whole(60, 1, 100_000, 'Most opening orders within an hour.'),
      duplicateSeconds: whole(60, 0, 86_400, 'The same legs are not opened again within this many seconds.'),
    })
    .prefault({}),
  greeks: z
    .strictObject({
      underlying: sensitivities('the positions in one underlying', {
        delta: 0.03,
        gamma: 0.015,
        vega: 0.015,
        theta: 0.015,
      }),
      net: sensitivities('all positions', { delta: 0.05, gamma: 0.025, vega: 0.025, theta: 0.025 }),
    })
    .prefault({}),
  stress: z
    .strictObject({
      spot: shocks(
        [-0.15, -0.1, -0.05, -0.025, 0, 0.025, 0.05, 0.1, 0.15],
        -1,
        5,
        25,
        'Moves of the price, as fractions of it.',
      ),
      volatility: shocks([0.75, 1, 1.5], 0, 10, 9, 'Factors on every implied volatility.'),
      days: shocks([0, 5], -1, 365, 9, 'Calendar days that pass.'),
      maxLoss: share(
        0.15,
        'Most that the worst cases of all underlyings together may lose of the present value, as a fraction of equity.',
      ),
    })
    .prefault({}),
  expiry: z
    .strictObject({
      minDays: whole(1, 0, 365, 'Fewest calendar days to expiry of a contract that is opened; 0 allows the last day.'),
      deliveryDays: whole(
        2,
        0,
        365,
        'A sold contract in the money with this many days or fewer left must be deliverable by the account.',
      ),
    })
    .prefault({}),
  shares: z
    .strictObject({
      viewLooks: whole(
        6,
        0,
        10_000,
        'Own shares that no put protects are sold after the view was strongly down at this many looks in a row; 0 never.',
      ),
      orphans: z
        .enum(['sell', 'keep'])
        .default('sell')
        .describe(
          'What happens to own shares that no strategy can use: sell or keep. Short ones are always bought back.',
        ),
    })
    .prefault({}),
  margin: z
    .strictObject({
      account: z.enum(['margin', 'cash']).default('margin').describe('Kind of account: margin (Regulation T) or cash.'),
      uncovered: z.boolean().default(false).describe('True when the broker allows uncovered short options.'),
    })
    .prefault({}),
  protections: z
    .strictObject({
      cooldownMinutes: whole(30, 0, 10_000, 'After a losing trade its underlying is not traded for this long.'),
      stopLossGuard: z
        .strictObject({
          stops: whole(3, 1, 1_000, 'This many stop-losses ...'),
          minutes: whole(120, 1, 100_000, '... within this long halt new risk until the oldest is that old.'),
        })
        .prefault({}),
      drawdownLock: number(
        0.04,
        0.001,
        1,
        "Fall from the day's highest equity, as a fraction, that halts new risk until tomorrow.",
      ),
      lowProfitLock: z
        .strictObject({
          trades: whole(3, 1, 1_000, 'An underlying with this many closed trades ...'),
          minutes: whole(240, 1, 100_000, '... within this long ...'),
          minProfit: z
            .number()
            .min(-1)
            .max(1)
            .default(0)
            .describe('... that earned less than this fraction of equity together is not traded.'),
        })
        .prefault({}),
      volatilityHalt: z
        .strictObject({
          bars: whole(15, 5, 120, "The volatility of an underlying's last so many minutes ..."),
          ratio: number(4, 1, 100, '... at this multiple of the minutes before halts new risk in it.'),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** Limits of the house, whatever the tier: fractions of equity unless said otherwise. */
export type RiskSettings = DeepReadonly<z.output<typeof riskSchema>>;
