import { createHash, timingSafeEqual } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type Clock, formatRfc3339 } from '@trading-agent/core';
import { ALL_ACCOUNTS, type KillSwitch } from '@trading-agent/store';
import { errorBody } from './errors.ts';
import { errorSchema } from './schemas.ts';
import { within } from './within.ts';

/** What lets the API do more than show: the kill switch, and the secret that protects it. */
export interface Controls {
  readonly killSwitch: KillSwitch;
  readonly token: string;
}

export const CONTROL_PATH = '/control';

const ORDERS = { halt: 'halt', flatten: 'flatten', resume: 'run' } as const;
const text = z.string().trim().min(1).max(1_000);

const orderSchema = z
  .object({
    reason: text.openapi({ description: 'Kept in the audit log and told with every refusal', example: 'news' }),
    by: text.optional().openapi({ description: 'Who asks; `api` when left out', example: 'ann' }),
    account: text.optional().openapi({ description: 'One account; all of them when left out', example: 'PA3SIM0001' }),
  })
  .strict()
  .openapi('ControlOrder');

const standingSchema = z
  .array(
    z.object({
      account: z.string().nullable().openapi({ description: 'null: all accounts' }),
      state: z.enum(['halt', 'flatten']),
      by: z.string(),
      reason: z.string(),
      changedAt: z.string().nullable().openapi({ description: 'null for a stop file' }),
    }),
  )
  .openapi('ControlStanding');

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** Adds `GET /control` and, behind the token, `POST /control/halt`, `/control/flatten` and `/control/resume`. */
export function addControls(app: OpenAPIHono<{ Bindings: object }>, controls: Controls, clock: Clock): void {
  const { killSwitch, token } = controls;
  const standing = async (): Promise<z.infer<typeof standingSchema>> =>
    (await within(killSwitch.list(), 'the store')).flatMap(({ scope, state, by, reason, changedAt }) =>
      state === 'run'
        ? []
        : {
            account: scope === ALL_ACCOUNTS ? null : scope,
            state,
            by,
            reason,
            changedAt: changedAt === null ? null : formatRfc3339(changedAt),
          },
    );
  app.openapi(
    createRoute({
      method: 'get',
      path: CONTROL_PATH,
      summary: 'What the kill switch says; empty when nothing stops trading',
      responses: { 200: json(standingSchema, 'What stands'), 503: json(errorSchema, 'The store does not answer') },
    }),
    async (c) => c.json(await standing(), 200),
  );
  for (const [name, state] of Object.entries(ORDERS)) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `${CONTROL_PATH}/${name}`,
        summary: SUMMARIES[state],
        security: [{ controlToken: [] }],
        // Before the body is looked at: who does not know the token learns nothing of what is allowed.
        middleware: async (c, next) => {
          if (isToken(c.req.header('authorization'), token)) return next();
          const hint = 'Send "Authorization: Bearer <token>"; the token lies in the data folder as control-token.';
          return c.json(errorBody('UNAUTHORIZED', 'The control token is missing or wrong', hint), 401, {
            'WWW-Authenticate': 'Bearer',
          });
        },
        request: { body: { required: true, content: { 'application/json': { schema: orderSchema } } } },
        responses: {
          200: json(standingSchema, 'What stands now'),
          400: json(errorSchema, 'The body does not fit'),
          401: json(errorSchema, 'The token is missing or wrong'),
          503: json(errorSchema, 'The store does not answer: use the file HALT or FLATTEN in the data folder'),
        },
      }),
      async (c) => {
        const { reason, by = 'api', account = ALL_ACCOUNTS } = c.req.valid('json');
        await within(killSwitch.set({ at: clock.now(), scope: account, state, by, reason }), 'the store');
        return c.json(await standing(), 200);
      },
    );
  }
}

const SUMMARIES = {
  halt: 'No new risk; what is held stays protected',
  flatten: 'No new risk, and out of everything that is held',
  run: 'Lifts the kill switch, and doubts that halted trading: for who has looked',
} as const;

/** Compared by hash, so that neither content nor length shows in the time it takes. */
function isToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(token));
}
