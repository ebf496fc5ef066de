import { type Answers } from './canned-api.ts';

/** 2015-12-24, a half day, as the API would tell it at 11:42 New York. Tests of this app only. */

const OPEN = Date.parse('2015-12-24T14:30:00Z');
const at = (minute: number): string => new Date(OPEN + minute * 60_000).toISOString().replace('Z', '000Z');
const contract = (strike: number, right: 'call' | 'put', expiry = '2015-12-31') => ({
  root: 'GOOG',
  expiry,
  right,
  strike,
});
const symbol = (strike: number, right: 'C' | 'P') => `GOOG151231${right}00${strike}000`;

export const STATUS = {
  session: { id: 's1', date: '2015-12-24', state: 'running', startedAt: at(0), endedAt: null },
  account: 'PA3SIM0001',
  tier: 'medium',
  mode: 'replay',
  market: 'replay',
  phase: 'open',
  halfDay: true,
  equity: 25_148.32,
  cash: 24_310.48,
  startEquity: 25_000,
  dayProfit: 148.32,
  dayReturn: 0.0059328,
  lastStepAt: at(132),
  halted: null,
};

const CURVE = Array.from({ length: 133 }, (_, minute) => ({
  at: at(minute),
  equity:
    minute === 132
      ? 25_148.32
      : Math.round(
          (25_000 +
            1.3 * minute +
            60 * Math.sin(minute / 17) -
            45 * Math.sin(minute / 41) +
            9 * Math.sin(minute * 1.7)) *
            100,
        ) / 100,
}));

const check = (rule: string, passed: boolean, actual: number, limit: number, unit: string) => ({
  rule,
  text: null,
  passed,
  actual,
  limit,
  unit,
});
const why = (rule: string, text: string) => ({ rule, text, passed: null, actual: null, limit: null, unit: null });
const decision = (minute: number, kind: string, subject: string, summary: string, reasons: unknown[]) => ({
  sequence: minute * 2,
  index: 0,
  at: at(minute),
  kind,
  subject,
  clientOrderId: null,
  summary,
  reasons,
});

const order = (
  minute: number,
  strategy: string,
  legs: readonly (readonly [number, 'call' | 'put', string])[],
  rest: { quantity: number; filled: number; limit: number; status: string; reason?: string },
) => ({
  clientOrderId: `order-${minute}`,
  at: at(minute),
  underlying: 'GOOG',
  strategy,
  legs: legs.map(([strike, right, intent]) => ({
    symbol: symbol(strike, right === 'call' ? 'C' : 'P'),
    contract: contract(strike, right),
    ratio: 1,
    intent,
  })),
  type: 'limit',
  reason: null,
  ...rest,
});

export function cannedDay(): Answers {
  return new Map<string, unknown>([
    ['/status', STATUS],
    ['/equity', CURVE],
    [
      '/stats',
      {
        totalReturn: 0.0059328,
        sharpe: 4.21,
        maxDrawdown: -0.00312,
        winRate: 2 / 3,
        profitFactor: 1.84,
        calmar: 1066.4,
        closedTrades: 3,
        minutes: 133,
        fees: 12.48,
        realized: 96.5,
      },
    ],
    [
      '/positions',
      [
        {
          symbol: symbol(740, 'P'),
          contract: contract(740, 'put'),
          quantity: 2,
          averagePrice: 2.15,
          mark: 1.85,
          multiplier: 100,
          marketValue: 370,
          unrealized: -60,
        },
        {
          symbol: symbol(745, 'P'),
          contract: contract(745, 'put'),
          quantity: -2,
          averagePrice: 3.4,
          mark: 2.675,
          multiplier: 100,
          marketValue: -535,
          unrealized: 145,
        },
        {
          symbol: symbol(760, 'C'),
          contract: contract(760, 'call'),
          quantity: 1,
          averagePrice: 2.05,
          mark: null,
          multiplier: 100,
          marketValue: null,
          unrealized: null,
        },
      ],
    ],
    [
      '/orders',
      [
        order(
          118,
          'iron condor',
          [
            [735, 'put', 'buy_to_open'],
            [740, 'put', 'sell_to_open'],
            [765, 'call', 'sell_to_open'],
            [770, 'call', 'buy_to_open'],
          ],
          { quantity: 1, filled: 0, limit: -1.85, status: 'new' },
        ),
        order(
          64,
          'credit-vertical',
          [
            [745, 'put', 'sell_to_open'],
            [740, 'put', 'buy_to_open'],
          ],
          { quantity: 2, filled: 2, limit: -1.25, status: 'filled' },
        ),
        order(
          41,
          'debit-vertical',
          [
            [750, 'call', 'buy_to_open'],
            [755, 'call', 'sell_to_open'],
          ],
          { quantity: 3, filled: 0, limit: 2.1, status: 'canceled' },
        ),
        order(22, 'long-call', [[760, 'call', 'buy_to_open']], {
          quantity: 1,
          filled: 1,
          limit: 2.05,
          status: 'filled',
        }),
        order(9, 'long-put', [[740, 'put', 'buy_to_open']], {
          quantity: 4,
          filled: 0,
          limit: 2.4,
          status: 'rejected',
          reason: 'insufficient buying power',
        }),
      ],
    ],
    [
      '/decisions',
      [
        decision(118, 'submit', 'GOOG', 'open iron-condor', [
          why('signal', 'View neutral at 0.61 confidence; 4 legs within 0.15 to 0.25 delta, 7 days to expiry'),
          check('max-positions', true, 3, 5, 'count'),
          check('risk-per-trade', true, 315, 750, 'usd'),
          check('daily-loss', true, 0, 5, 'percent'),
          check('quote-age', true, 4, 60, 'seconds'),
        ]),
        decision(96, 'refuse', 'GOOG', 'open long-call', [
          why('risk', 'The most this trade can lose is more than one trade may risk'),
          check('risk-per-trade', false, 910, 750, 'usd'),
        ]),
        decision(77, 'note', 'GOOG', '', [why('no-signal', 'Confidence 0.52 is below the least 0.55')]),
        decision(64, 'submit', 'GOOG', 'open credit-vertical', [
          why('signal', 'View up at 0.64 confidence'),
          check('max-positions', true, 2, 5, 'count'),
        ]),
        decision(46, 'cancel', '', 'cancel order', [why('time-limit', 'Not filled within 5 minutes')]),
        decision(30, 'alert', '', 'warning', [why('spread', 'Spread of 12% is above the usual 8%')]),
      ],
    ],
    [
      '/alerts',
      [
        { id: '2', at: at(30), severity: 'warning', kind: 'market', message: 'Spread of 12% is above the usual 8%' },
        { id: '1', at: at(9), severity: 'info', kind: 'trading', message: 'Order rejected: insufficient buying power' },
      ],
    ],
  ]);
}
