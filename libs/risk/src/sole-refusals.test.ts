import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usd } from '@trading-agent/core';
import { type OptionContract, optionContract, optionSymbol } from '@trading-agent/instruments';
import { COVERED_MARGIN } from '@trading-agent/portfolio';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, after, anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { OpeningIntent, RiskContext } from './context.ts';
import { evaluateOpening } from './evaluate.ts';
import { OPENING_RULES } from './opening-rules.ts';
import { another, others, trade } from './testing/past.ts';
import { aContext, anExposure, anIntent, HOUSE, on, QUOTES, quotesOf, SESSION } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

const [boughtQuote = aQuote(), soldQuote = aQuote()] = QUOTES;
/** Held beside the order, far out of the money. */
const FAR = optionSymbol('GOOG160115C00850000');

const five = Array.from({ length: 5 }, () => anExposure());
const closing = aVertical({
  legs: [
    { symbol: A_CALL, ratio: 1, intent: 'buy_to_open' },
    { symbol: A_HIGHER_CALL, ratio: 1, intent: 'sell_to_close' },
  ],
});
/** Options on 90 shares after a spin-off. */
const adjusted = [optionContract(A_CALL, { adjusted: true }), optionContract(A_HIGHER_CALL)];
const borrowed = [A_CALL, A_HIGHER_CALL].map((symbol) => optionContract(symbol, { underlying: 'TWX' }));

/** The greeks of one unit within a hair of what is allowed. */
function greeks(scope: 'underlying' | 'net', name: 'delta' | 'gamma' | 'vega' | 'theta'): RiskContext {
  return aContext({ limits: { greeks: { ...HOUSE.greeks, [scope]: { ...HOUSE.greeks[scope], [name]: 1e-6 } } } });
}

const MODEL_BELOW = (contract: OptionContract): number => (contract.symbol === A_CALL ? 6 : 9.55);
const expensive = { price: (symbol: string) => (symbol === 'GOOG' ? 760 : symbol === A_CALL ? 12.4 : 9.55) };

const SOLE_REFUSALS: readonly [failed: readonly [string, unknown, unknown], why: string, OpeningIntent, RiskContext][] =
  [
    [['halted', 1, 0], 'an operator halted', anIntent(), aContext({ halted: 'kill switch' })],
    [['account-tradable', 0, 1], 'the broker blocks the account', anIntent(), aContext({ accountTradable: false })],
    [['session-hours', 0, 0], 'it is the close', anIntent(), aContext({ session: { ...SESSION, close: AN_INSTANT } })],
    [
      ['session-hours', -1, 0],
      'it is before the open',
      anIntent(),
      aContext({ session: { ...SESSION, open: after(1) } }),
    ],
    [['opens-only', 1, 0], 'a leg closes', anIntent({ order: closing }), aContext()],
    [
      ['tradable-contracts', 1, 0],
      'a contract is adjusted, which covers nothing',
      anIntent({ contracts: adjusted }),
      aContext({ marginTerms: { ...COVERED_MARGIN, uncovered: true } }),
    ],
    [['tradable-contracts', 2, 0], 'the contracts are of another stock', anIntent({ contracts: borrowed }), aContext()],
    [['stated-risk', 1, 0], 'the loss is understated by $1', anIntent({ maxLossPerUnit: usd(299) }), aContext()],
    [['stated-risk', 1, 0], 'the capital is understated by $1', anIntent({ committedPerUnit: usd(299) }), aContext()],
    [
      ['quoted-sides', 1, 0],
      'nobody bids for what is sold',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, bid: 0 }]) }),
    ],
    [
      ['stale-quotes', 91, 90],
      'a quote is 91 s old',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, at: after(-91) }]) }),
    ],
    [
      ['stale-quotes', Number.MAX_SAFE_INTEGER, 90],
      'a quote is from the future',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, at: after(2) }]) }),
    ],
    [
      ['stale-marks', 901, 900],
      'what is held was last quoted 901 s ago',
      anIntent(),
      aContext({
        holdings: { options: [{ contract: optionContract(FAR), quantity: 1 }], stocks: [] },
        quote: quotesOf([boughtQuote, soldQuote, { ...soldQuote, symbol: FAR, bid: 0.4, ask: 0.5, at: after(-901) }]),
      }),
    ],
    [['option-level', 2, 3], 'spreads are not allowed', anIntent(), aContext({ optionsLevel: 2 })],
    [['daily-loss', 5, 5], 'the day has lost 5%', anIntent(), aContext({ equity: usd(23_750) })],
    [['max-positions', 6, 5], 'five are open', anIntent(), aContext({ exposures: five })],
    [['risk-per-trade', 300, 275], 'a unit loses $300', anIntent(), aContext({ limits: { riskPerTrade: 0.011 } })],
    [
      ['position-size', 5_001, 5_000],
      'GOOG already binds $4,701',
      anIntent(),
      aContext({ exposures: [anExposure({ underlying: 'GOOG', committed: usd(4_701) })] }),
    ],
    [
      ['portfolio-risk', 3_751, 3_750],
      '$3,451 are at risk already',
      anIntent(),
      aContext({ exposures: [anExposure({ maxLoss: usd(3_451) })] }),
    ],
    [
      ['correlation', 0.71, 0.7],
      'it moves with what is held',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => 0.71 }),
    ],
    [
      ['correlation', 0.9, 0.7],
      'it moves against what is held',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => -0.9 }),
    ],
    [
      ['correlation', 1, 0.7],
      'the history is too short',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => null }),
    ],
    [
      ['opposite-held', 1, 0],
      'another structure is short the call',
      anIntent(),
      aContext({ exposure: (symbol) => (symbol === A_CALL ? -1 : 0) }),
    ],
    [['buying-power', 300, 299.99], 'a cent is missing', anIntent(), aContext({ availableFunds: usd(299.99) })],
    // (3.00 - 2.85) / (12.40 + 9.55)
    [['price-collar', 0.6834, 0.5], 'the market is too wide', anIntent(), aContext({ orders: { priceCollar: 0.005 } })],
    [['order-rate', 61, 60], 'sixty were sent within the hour', anIntent(), aContext({ recentOrders: others(60, 61) })],
    [
      ['order-burst', 11, 10],
      'ten were sent within the minute',
      anIntent(),
      aContext({ recentOrders: others(10, 59) }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'the same legs were sent half a minute ago',
      anIntent(),
      aContext({ recentOrders: [{ at: after(-30), order: aVertical({ clientOrderId: 'before', limit: 2.9 }) }] }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'an order of that id was sent long ago',
      anIntent(),
      aContext({
        recentOrders: [{ ...another(1, 3_000), order: { ...another(1, 0).order, clientOrderId: 'vertical-1' } }],
      }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'the same legs are still working',
      anIntent(),
      aContext({ workingOrders: [aVertical({ clientOrderId: 'before' })] }),
    ],
    [
      ['wash-trade', 1, 0],
      'the call is being sold elsewhere',
      anIntent(),
      aContext({
        workingOrders: [anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_close' }], limit: -12 })],
      }),
    ],
    [['fat-finger', 2, 1], 'the order has two contracts', anIntent(), aContext({ orders: { maxContracts: 1 } })],
    // (3.00 - (6.00 - 9.55)) / (6.00 + 9.55)
    [
      ['model-price', 42.1222, 35],
      'the neighbours say it is worth less',
      anIntent(),
      aContext({ valuation: { modelPrice: MODEL_BELOW } }),
    ],
    [
      ['model-price', Number.MAX_SAFE_INTEGER, 35],
      'there are no neighbours',
      anIntent(),
      aContext({ valuation: { modelPrice: () => null } }),
    ],
    [
      ['expiry-day', 22, 23],
      'it expires too soon',
      anIntent(),
      aContext({ limits: { expiry: { minDays: 23, deliveryDays: 2 } } }),
    ],
    // 100 shares at $760 against twice the equity.
    [
      ['delivery', 76_000, 50_000],
      'the call sold is in the money and may be assigned',
      anIntent(),
      aContext({ market: expensive, limits: { expiry: { minDays: 1, deliveryDays: 22 } } }),
    ],
    [
      ['day-trading', 4, 3],
      'a small account has no day trade left',
      anIntent(),
      aContext({ equity: usd(24_000), startOfDayEquity: usd(24_000), dayTrades: { done: 2, pending: 1 } }),
    ],
    [
      ['day-trading', 300, 299.99],
      'maintenance margin would be owed within the day',
      anIntent(),
      aContext({
        ...on('2026-06-04'),
        maintenanceExcess: usd(299.99),
        limits: { expiry: { minDays: -9_999, deliveryDays: -9_999 } },
      }),
    ],
    [
      ['cooldown', 60, 1_800],
      'the last trade in it lost a minute ago',
      anIntent(),
      aContext({ history: { closedTrades: [trade({ minutesAgo: 1, profit: usd(-1) })] } }),
    ],
    [
      ['stop-loss-guard', 3, 2],
      'three stops were hit elsewhere',
      anIntent(),
      aContext({
        history: {
          closedTrades: [1, 2, 119].map((minutesAgo) => trade({ minutesAgo, underlying: 'TWX', stopped: true })),
        },
      }),
    ],
    [
      ['drawdown-lock', 4, 4],
      'the session fell 4% from its peak',
      anIntent(),
      aContext({ history: { drawdown: 0.04 } }),
    ],
    [
      ['low-profit-lock', -1, 0],
      'three trades in it earned nothing',
      anIntent(),
      aContext({
        history: {
          closedTrades: [-31, 20, 10].map((profit, index) => trade({ minutesAgo: 60 - index, profit: usd(profit) })),
        },
      }),
    ],
    [
      ['volatility-halt', 5, 4],
      'it moves five times as much',
      anIntent(),
      aContext({ history: { volatilityRatio: () => 5 } }),
    ],
    [
      ['volatility-halt', Number.MAX_SAFE_INTEGER, 4],
      'its volatility is not known',
      anIntent(),
      aContext({ history: { volatilityRatio: () => null } }),
    ],
    ...(['underlying', 'net'] as const).flatMap((scope) =>
      (['delta', 'gamma', 'vega', 'theta'] as const).map(
        (name): [[string, unknown, unknown], string, OpeningIntent, RiskContext] => [
          [`${scope}-${name}`, expect.any(Number), 0.0001],
          `${scope} ${name} is all but used up`,
          anIntent(),
          greeks(scope, name),
        ],
      ),
    ),
    [
      ['stress-loss', expect.any(Number), 25],
      'the grid shows a loss of more than $25',
      anIntent(),
      aContext({ limits: { stress: { ...HOUSE.stress, maxLoss: 0.001 } } }),
    ],
  ];

describe('each rule', () => {
  it.each(SOLE_REFUSALS)('refuses alone: %s, when %s', (failed, _why, intent, context) => {
    expect(failures(evaluateOpening(intent, context))).toEqual([failed]);
  });

  it('is among those that refuse alone', () => {
    const verdict = evaluateOpening(anIntent(), aContext());
    const rules = verdict.kind === 'approved' ? verdict.approved.checks.map(({ rule }) => rule) : [];
    expect(rules).toEqual(OPENING_RULES.map(({ code }) => code));
    expect(new Set(rules).size).toBe(OPENING_RULES.length);
    expect(rules.filter((rule) => !SOLE_REFUSALS.some(([[refused]]) => refused === rule))).toEqual([]);
  });

  it('is explained in docs/risk.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/risk.md'), 'utf8');
    const told = new Set([...page.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name));
    // A row names its first rule in full and the others by what differs.
    const isTold = (code: string): boolean => told.has(code) || told.has(code.replace(/^underlying/, ''));
    expect(OPENING_RULES.map(({ code }) => code).filter((code) => !isTold(code))).toEqual([]);
  });
});
