import { type Decoded, type Decoder, flag, list, nullable, number, object, oneOf, text } from './decode.ts';

const contract = nullable(object({ root: text, expiry: text, right: oneOf('call', 'put'), strike: number }));

const status = object({
  session: nullable(object({ id: text, date: text, state: oneOf('running', 'ended'), startedAt: text })),
  account: nullable(text),
  tier: nullable(text),
  mode: nullable(text),
  market: nullable(text),
  phase: nullable(oneOf('pre', 'open', 'post', 'closed')),
  halfDay: nullable(flag),
  equity: nullable(number),
  cash: nullable(number),
  startEquity: nullable(number),
  dayProfit: nullable(number),
  dayReturn: nullable(number),
  lastStepAt: nullable(text),
  halted: nullable(object({ reason: text, at: nullable(text) })),
});

const position = object({
  symbol: text,
  contract,
  quantity: number,
  averagePrice: number,
  mark: nullable(number),
  multiplier: number,
  marketValue: nullable(number),
  unrealized: nullable(number),
});

const order = object({
  clientOrderId: text,
  at: text,
  underlying: text,
  strategy: nullable(text),
  legs: list(object({ symbol: text, contract, ratio: number, intent: text })),
  quantity: number,
  filled: number,
  type: text,
  limit: nullable(number),
  status: text,
  reason: nullable(text),
});

const equityPoint = object({ at: text, equity: number });

const decision = object({
  sequence: number,
  index: number,
  at: text,
  kind: oneOf('submit', 'cancel', 'refuse', 'alert', 'note'),
  subject: nullable(text),
  clientOrderId: nullable(text),
  summary: text,
  reasons: list(
    object({
      rule: text,
      text: nullable(text),
      passed: nullable(flag),
      actual: nullable(number),
      limit: nullable(number),
      unit: nullable(text),
    }),
  ),
});

const alert = object({ id: text, at: text, severity: text, kind: text, message: text });

const stats = object({
  totalReturn: nullable(number),
  sharpe: nullable(number),
  maxDrawdown: nullable(number),
  winRate: nullable(number),
  profitFactor: nullable(number),
  calmar: nullable(number),
  closedTrades: number,
  minutes: number,
  fees: number,
  realized: number,
});

export type Contract = Decoded<typeof contract>;
export type Status = Decoded<typeof status>;
export type Position = Decoded<typeof position>;
export type Order = Decoded<typeof order>;
export type EquityPoint = Decoded<typeof equityPoint>;
export type Decision = Decoded<typeof decision>;
export type Reason = Decision['reasons'][number];
export type Alert = Decoded<typeof alert>;
export type Stats = Decoded<typeof stats>;

/** What the page shows, by the name of the resource that brings it. */
export interface Data {
  readonly status: Status;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly equity: readonly EquityPoint[];
  readonly decisions: readonly Decision[];
  readonly alerts: readonly Alert[];
  readonly stats: Stats;
}

export type Resource = keyof Data;

interface Endpoint<T> {
  readonly path: string;
  readonly decode: Decoder<T>;
}

export const ENDPOINTS: { readonly [R in Resource]: Endpoint<Data[R]> } = {
  status: { path: '/status', decode: status },
  positions: { path: '/positions', decode: list(position) },
  orders: { path: '/orders?limit=50', decode: list(order) },
  equity: { path: '/equity', decode: list(equityPoint) },
  decisions: { path: '/decisions?limit=500', decode: list(decision) },
  alerts: { path: '/alerts?limit=30', decode: list(alert) },
  stats: { path: '/stats', decode: stats },
};

export const RESOURCES: readonly Resource[] = [
  'status',
  'positions',
  'orders',
  'equity',
  'decisions',
  'alerts',
  'stats',
];

/** What to read again when the API says that a topic changed. */
const BY_TOPIC: Readonly<Record<string, readonly Resource[]>> = {
  status: ['status'],
  positions: ['positions'],
  orders: ['orders'],
  executions: ['stats'],
  equity: ['equity', 'stats'],
  decisions: ['decisions'],
  alerts: ['alerts'],
};

const change = object({ topics: list(text) });

/** The resources that a `change` event of the stream names. Text that is none means: everything. */
export function changedResources(data: string): readonly Resource[] {
  try {
    return [...new Set(change(JSON.parse(data), 'event').topics.flatMap((topic) => BY_TOPIC[topic] ?? RESOURCES))];
  } catch {
    return RESOURCES;
  }
}

const problem = object({ error: object({ code: text, message: text, hint: nullable(text) }) });

/** What the API says about a request that failed, as one line for people; `undefined` when it said nothing of that form. */
export function apiProblem(body: unknown): string | undefined {
  try {
    const { message, hint } = problem(body, 'answer').error;
    return hint === null ? message : `${message}. ${hint}`;
  } catch {
    return undefined;
  }
}
