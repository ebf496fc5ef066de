import { z } from 'zod';

// Only what is used is named; unknown fields pass. Money and quantities are decimal text (numbers are taken as well, see PROVIDERS C1).

const decimal = z.union([z.string(), z.number()]).transform(String);
const text = z.string().nullish();

export const errorBodySchema = z.looseObject({
  code: z.number().nullish().catch(null),
  message: z
    .string()
    .nullish()
    .transform((value) => value ?? undefined),
});

export const accountSchema = z.looseObject({
  account_number: z.string().min(1),
  status: text,
  cash: decimal,
  equity: decimal,
  last_equity: decimal.nullish(),
  options_buying_power: decimal.nullish(),
  options_trading_level: z.number().int().nullish(),
  trading_blocked: z.boolean().nullish(),
  account_blocked: z.boolean().nullish(),
  trade_suspended_by_user: z.boolean().nullish(),
});
export type AccountObject = z.infer<typeof accountSchema>;

export const positionSchema = z.looseObject({
  symbol: z.string().min(1),
  qty: decimal,
  side: text,
  avg_entry_price: decimal,
  current_price: decimal.nullish(),
});
export type PositionObject = z.infer<typeof positionSchema>;

export const legSchema = z.looseObject({
  id: text,
  symbol: z.string().min(1),
  side: text,
  position_intent: text,
  ratio_qty: decimal.nullish(),
  qty: decimal.nullish(),
  filled_qty: decimal.nullish(),
  filled_avg_price: decimal.nullish(),
});
export type LegObject = z.infer<typeof legSchema>;

/** An order; a package (`mleg`) has an empty symbol, class and side, and its legs inside. */
export const orderSchema = z.looseObject({
  id: z.string().min(1),
  client_order_id: z.string().min(1),
  symbol: text,
  asset_class: text,
  order_class: text,
  type: text,
  time_in_force: text,
  side: text,
  position_intent: text,
  qty: decimal.nullish(),
  filled_qty: decimal.nullish(),
  filled_avg_price: decimal.nullish(),
  limit_price: decimal.nullish(),
  status: text,
  submitted_at: text,
  created_at: text,
  legs: z.array(legSchema).nullish(),
});
export type OrderObject = z.infer<typeof orderSchema>;
