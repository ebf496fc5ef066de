import { type MarketDate, TradingError } from '@trading-agent/core';

/** How often an account may open and close within one session. Equity and minimum in dollars. */
export type DayTradingRule =
  | { readonly kind: 'none' }
  | {
      /** FINRA Rule 4210(f)(8)(B): `dayTrades` in `sessions` make a pattern day trader, who may day trade only with `minimumEquity`. */
      readonly kind: 'pattern-day-trader';
      readonly dayTrades: number;
      readonly sessions: number;
      readonly minimumEquity: number;
    }
  | {
      /** FINRA Rule 4210(d)(2): margin is owed at any moment of the day; trades are not counted. */
      readonly kind: 'intraday-margin';
    };

/** Sessions from trade to settlement. */
export interface SettlementRule {
  readonly stock: number;
  readonly option: number;
}

/** Which day standard monthly options carry as their expiry. */
export interface MonthlyExpiryRule {
  readonly weekday: 'friday' | 'saturday';
}

/** Rules that changed over time, by name. */
export interface Regulations {
  readonly 'day-trading': DayTradingRule;
  readonly settlement: SettlementRule;
  readonly 'monthly-expiry': MonthlyExpiryRule;
}

interface Dated<Rule> {
  /** First day on which the rule holds, `YYYY-MM-DD`. */
  readonly from: string;
  readonly rule: Rule;
  /** Where firms may adopt it later: the day of each known broker, and the last day allowed for all others. */
  readonly phaseIn?: { readonly brokers: ReadonlyMap<string, string>; readonly latest: string };
}

const BEGINNING = '0000-01-01';

/** Newest last. */
const SCHEDULES: { readonly [Name in keyof Regulations]: readonly Dated<Regulations[Name]>[] } = {
  'day-trading': [
    { from: BEGINNING, rule: { kind: 'none' } },
    // NASD Notice to Members 01-26: effective 2001-09-28.
    { from: '2001-09-28', rule: { kind: 'pattern-day-trader', dayTrades: 4, sessions: 5, minimumEquity: 25_000 } },
    // SEC Release 34-105226 (SR-FINRA-2025-017), FINRA notice of 2026-04-20: effective 2026-06-04, phase-in until 2027-10-20.
    // Alpaca removed its pattern-day-trader fields on 2026-07-06.
    {
      from: '2026-06-04',
      rule: { kind: 'intraday-margin' },
      phaseIn: { brokers: new Map([['alpaca', '2026-07-06']]), latest: '2027-10-20' },
    },
  ],
  settlement: [
    { from: BEGINNING, rule: { stock: 5, option: 1 } },
    // NASD Notice to Members 95-26: "in two steps, using two double settlement days" (9 and 12 June 1995), which is T+4 in between.
    { from: '1995-06-05', rule: { stock: 4, option: 1 } },
    { from: '1995-06-07', rule: { stock: 3, option: 1 } }, // SEC Rule 15c6-1, Release 34-34952
    { from: '2017-09-05', rule: { stock: 2, option: 1 } }, // Release 34-80295
    { from: '2024-05-28', rule: { stock: 1, option: 1 } }, // Release 34-96930
  ],
  'monthly-expiry': [
    { from: BEGINNING, rule: { weekday: 'saturday' } },
    // OCC: series expiring on or after 2015-02-01 expire on the third Friday (SR-OCC-2013-04).
    { from: '2015-02-01', rule: { weekday: 'friday' } },
  ],
};

/**
 * The rule that holds on `date`. Where brokers may adopt a rule during a phase-in, `broker` (lower case, such as `alpaca`) asks for
 * that broker's rule; a broker whose date is not known is taken to adopt it on the last day allowed. Without a broker: the rule's
 * own effective date.
 * @example regulation('day-trading', date, 'alpaca').kind
 */
export function regulation<Name extends keyof Regulations>(
  name: Name,
  date: MarketDate,
  broker?: string,
): Regulations[Name] {
  const schedule: readonly Dated<Regulations[Name]>[] = SCHEDULES[name];
  const current = schedule.findLast(({ from, phaseIn }) => {
    const start =
      broker === undefined || phaseIn === undefined ? from : (phaseIn.brokers.get(broker) ?? phaseIn.latest);
    return start <= date;
  });
  if (current === undefined) throw new TradingError('INTERNAL', `No ${name} rule is known for ${date}`);
  return current.rule;
}
