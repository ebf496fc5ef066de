import type { Context } from 'hono';
import { z } from 'zod';
import { jsonResponse } from '../http/json.ts';
import { badParameter, jsonBody } from './replies.ts';

const schema = z.object({
  max_options_trading_level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullable(),
  suspend_trade: z.boolean(),
  no_shorting: z.boolean(),
  fractional_trading: z.boolean(),
  max_margin_multiplier: z.enum(['1', '2', '4']),
  trade_confirm_email: z.enum(['all', 'none']),
  ptp_no_exception_entry: z.boolean(),
  disable_overnight_trading: z.boolean(),
});
export type AccountConfiguration = z.infer<typeof schema>;

/** What the owner has set for his account. It lives in memory: a market that is started again begins with the defaults. */
export class AccountSettings {
  readonly #pdtFields: boolean;
  #values: AccountConfiguration = {
    max_options_trading_level: null,
    suspend_trade: false,
    no_shorting: false,
    fractional_trading: true,
    max_margin_multiplier: '2',
    trade_confirm_email: 'all',
    ptp_no_exception_entry: false,
    disable_overnight_trading: false,
  };

  /** `pdtFields`: also the fields of the pattern-day-trader rule, removed from the interface on 2026-07-06. */
  constructor(pdtFields: boolean) {
    this.#pdtFields = pdtFields;
  }

  get values(): AccountConfiguration {
    return this.#values;
  }

  get pdtFields(): boolean {
    return this.#pdtFields;
  }

  /** `GET /v2/account/configurations`. */
  respond(context: Context): Response {
    return jsonResponse(context, {
      ...this.#values,
      ...(this.#pdtFields && { dtbp_check: 'entry', pdt_check: 'entry' }),
    });
  }

  /** `PATCH /v2/account/configurations`: what is given is changed; unknown keys are ignored. */
  async change(context: Context): Promise<Response> {
    const parsed = schema.partial().safeParse(await jsonBody(context));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw badParameter(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'malformed'}`);
    }
    const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
    this.#values = { ...this.#values, ...given };
    return this.respond(context);
  }
}
