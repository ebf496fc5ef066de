import { usd } from '@trading-agent/core';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, after, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { evaluateClosing } from './evaluate.ts';
import { others } from './testing/past.ts';
import { aContext, anExposure, QUOTES, quotesOf, SESSION } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

const [boughtQuote = aQuote(), soldQuote = aQuote()] = QUOTES;
const five = Array.from({ length: 5 }, () => anExposure());

describe('an order that closes', () => {
  const order = aVertical({
    legs: [
      { symbol: A_CALL, ratio: 1, intent: 'sell_to_close' },
      { symbol: A_HIGHER_CALL, ratio: 1, intent: 'buy_to_close' },
    ],
    quantity: 2,
    limit: -2.7,
  });
  const holding =
    (long: number, short: number) =>
    (symbol: string): number =>
      symbol === A_CALL ? long : symbol === A_HIGHER_CALL ? short : 0;

  it('passes in a halted, blocked, losing and over-full account: it takes risk away', () => {
    const context = aContext({
      halted: 'kill switch',
      accountTradable: false,
      equity: usd(1),
      availableFunds: usd(-5_000),
      exposures: five,
      recentOrders: others(1_000, 1),
      quote: quotesOf(QUOTES.map((quote) => ({ ...quote, at: after(-3_600) }))),
    });
    expect(failures(evaluateClosing({ order, held: holding(2, -2) }, context))).toEqual([]);
  });

  it.each([
    ['less is held than it would sell', 1, -2, 1],
    ['less is owed than it would buy', 2, -1, 1],
    ['nothing is held', 0, 0, 2],
    ['the positions are the other way round', -2, 2, 2],
    ['one leg is gone', 2, 0, 2],
  ])('is refused when %s', (_why, long, short, excess) => {
    expect(failures(evaluateClosing({ order, held: holding(long, short) }, aContext()))).toEqual([
      ['closes-held', excess, 0],
    ]);
  });

  it('is refused when a leg of it opens', () => {
    const legs = [
      { symbol: A_CALL, ratio: 1, intent: 'sell_to_close' },
      { symbol: A_HIGHER_CALL, ratio: 1, intent: 'sell_to_open' },
    ] as const;
    const verdict = evaluateClosing({ order: { ...order, legs }, held: holding(2, 2) }, aContext());
    expect(failures(verdict)).toEqual([['closes-held', 2, 0]]);
  });

  it('is refused outside the session and where a side is not quoted', () => {
    const intent = { order, held: holding(2, -2) };
    const closed = aContext({ session: { ...SESSION, close: AN_INSTANT } });
    expect(failures(evaluateClosing(intent, closed))).toEqual([['session-hours', 0, 0]]);
    const unquoted = aContext({
      quote: quotesOf([
        { ...boughtQuote, bid: null },
        { ...soldQuote, ask: null },
      ]),
    });
    expect(failures(evaluateClosing(intent, unquoted))).toEqual([['quoted-sides', 2, 0]]);
  });
});
