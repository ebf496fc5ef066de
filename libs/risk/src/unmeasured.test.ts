import { canonicalJson, usdFromMicros } from '@trading-agent/core';
import { type OptionContract, optionContract } from '@trading-agent/instruments';
import { A_CALL, anOrder, aQuote } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { EarlyExercise } from './context.ts';
import { evaluateClosing, evaluateOpening } from './evaluate.ts';
import { aContext, anExposure, anIntent, HOUSE, QUOTES, quotesOf, SPOT } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

describe('a number that is none', () => {
  const nan = usdFromMicros(1) * Number.NaN;
  const limits = ['maxPositions', 'riskPerTrade', 'maxPositionSize', 'dailyLoss', 'portfolioRisk', 'correlation'];
  const orders = Object.keys(HOUSE.orders).filter((name) => name !== 'duplicateSeconds' && name !== 'shareCollar');

  it.each(['equity', 'startOfDayEquity', 'availableFunds', 'optionsLevel', 'at'])(
    'in the account (%s) never passes and can be journaled',
    (field) => {
      const verdict = evaluateOpening(anIntent(), { ...aContext(), [field]: nan });
      expect(verdict.kind).toBe('refused');
      expect(canonicalJson(verdict)).toContain('refused');
    },
  );

  it.each(limits)('as the limit %s never passes and can be journaled', (limit) => {
    const context = aContext({ limits: { [limit]: nan }, exposures: [anExposure()] });
    const verdict = evaluateOpening(anIntent(), context);
    expect(verdict.kind).toBe('refused');
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it.each(orders)('as the order limit %s never passes and can be journaled', (limit) => {
    const verdict = evaluateOpening(anIntent(), aContext({ orders: { [limit]: nan } }));
    expect(verdict.kind).toBe('refused');
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it('as a volatility or a price of the stock makes the risk unknown, of what is held as well', () => {
    const held = { options: [{ contract: optionContract('TWX160115C00070000'), quantity: 1 }], stocks: [] };
    const unknown = [
      aContext({ valuation: { volatility: () => null } }),
      aContext({ valuation: { volatility: () => nan } }),
      aContext({ market: { price: (symbol) => (symbol === 'GOOG' ? null : 12.4) } }),
      aContext({ holdings: held }),
    ];
    for (const context of unknown) {
      const verdict = evaluateOpening(anIntent(), context);
      expect(failures(verdict).map((failed) => Array.isArray(failed) && failed[0])).toContain('net-delta');
      expect(failures(verdict).map((failed) => Array.isArray(failed) && failed[0])).toContain('stress-loss');
      expect(canonicalJson(verdict)).toContain('refused');
    }
  });

  describe.each(HOUSE.stress.spot.filter((move) => move !== 0))(
    'in the cells of the stress grid at a move of %d',
    (move) => {
      const put = optionContract('GOOG160115P00745000');
      const quote = quotesOf([...QUOTES, aQuote({ symbol: put.symbol, bid: 10, ask: 10.2 })]);
      const holdings = { options: [{ contract: put, quantity: 1 }], stocks: [] };
      const premiums: EarlyExercise['premiums'] = (count, { spot: prices }, _, out) => {
        for (const [index, price] of prices.subarray(0, count).entries())
          out[index] = Math.abs(price / SPOT - 1 - move) < 1e-9 ? nan : 0;
      };

      it.each([
        ['the order', A_CALL],
        ['what is held', put.symbol],
      ])('makes the loss unknown and never passes, brought by %s', (_, symbol) => {
        const earlyExercise = (one: OptionContract) => (one.symbol === symbol ? { premiums } : null);
        // Limits of its own: what is kept for others was measured with another right.
        const limits = { stress: { ...HOUSE.stress } };
        const told = aContext({ quote, holdings, limits, valuation: { earlyExercise } });
        expect(failures(evaluateOpening(anIntent(), told)).map((failed) => Array.isArray(failed) && failed[0])).toEqual(
          ['stress-loss'],
        );
        // The same without it has nothing against it.
        expect(evaluateOpening(anIntent(), aContext({ quote, holdings })).kind).toBe('approved');
      });
    },
  );

  it('as a correlation (a stock that did not move) never passes and can be journaled', () => {
    const verdict = evaluateOpening(anIntent(), aContext({ exposures: [anExposure()], correlation: () => nan }));
    expect(failures(verdict)).toEqual([['correlation', Number.MAX_SAFE_INTEGER, 0.7]]);
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it('as the collar of shares that are closed never passes', () => {
    const order = anOrder({
      legs: [{ symbol: 'GOOG', ratio: 1, intent: 'sell_to_close' }],
      quantity: 100,
      limit: -750,
    });
    const verdict = evaluateClosing(
      { order, held: () => 100, cover: () => 0 },
      aContext({ orders: { shareCollar: nan } }),
    );
    expect(failures(verdict)).toEqual([['share-collar', 0, -Number.MAX_SAFE_INTEGER]]);
  });

  it('as what is held can not be closed', () => {
    const order = anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_close' }], limit: -12.3 });
    expect(failures(evaluateClosing({ order, held: () => nan }, aContext()))).toEqual([
      ['closes-held', Number.MAX_SAFE_INTEGER, 0],
    ]);
  });
});
