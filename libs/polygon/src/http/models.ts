import { z } from 'zod';

// Only what is used is named. Vendors add fields and leave fields out: unknown ones pass, every one that we can do without is nullish.

export const envelopeSchema = z.looseObject({
  status: z.string().nullish(),
  results: z.array(z.unknown()).nullish(),
  next_url: z.string().nullish(),
});

/** Where a paged answer goes on. */
export const linkSchema = z.looseObject({ next_url: z.string().nullish() });

export const errorBodySchema = z.looseObject({
  error: z.string().nullish(),
  message: z.string().nullish(),
  request_id: z.string().nullish(),
});

/** Nanoseconds: text when beyond 2^53 (see `parseExactJson`), a number only when it is small enough to be exact. */
export const nanos = z.union([z.string().regex(/^\d{4,19}$/), z.number().int().min(1_000).transform(String)]);
const price = z.number().nonnegative();
const size = z.number().nonnegative();

export const contractSchema = z.looseObject({
  ticker: z.string(),
  underlying_ticker: z.string().nullish(),
  contract_type: z.string().nullish(),
  exercise_style: z.string().nullish(),
  expiration_date: z.string().nullish(),
  strike_price: z.number().nullish(),
  shares_per_contract: z.number().positive().nullish(),
  additional_underlyings: z.array(z.unknown()).nullish(),
});
export type ContractRow = z.infer<typeof contractSchema>;

export const lastQuoteSchema = z.looseObject({
  bid: price.nullish(),
  bid_size: size.nullish(),
  ask: price.nullish(),
  ask_size: size.nullish(),
  last_updated: nanos.nullish(),
});
export type LastQuoteRow = z.infer<typeof lastQuoteSchema>;

export const snapshotSchema = z.looseObject({
  details: contractSchema,
  // Absent by plan, or odd: a broken quote must not lose the contract.
  last_quote: z.unknown().optional(),
  implied_volatility: z.number().positive().nullish().catch(null),
  open_interest: z.number().nonnegative().nullish().catch(null),
  underlying_asset: z.looseObject({ ticker: z.string().nullish() }).nullish().catch(null),
});

export const barSchema = z.looseObject({
  o: price,
  h: price,
  l: price,
  c: price,
  /** Indices have none. */
  v: z.number().nonnegative().nullish(),
  /** Window start, milliseconds UTC. */
  t: z.number().int().nonnegative(),
});
