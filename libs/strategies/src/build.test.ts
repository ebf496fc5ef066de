import {
  loadSettings,
  STRATEGY_NAMES,
  type StrategyBook,
  type StrategyName,
  type StrategySettings,
} from '@trading-agent/config';
import { usdToNumber } from '@trading-agent/core';
import { opens, optionContract, optionSymbol, sideOf, sign } from '@trading-agent/instruments';
import { after } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildStructure } from './build.ts';
import { type Candidate, isCandidate, type NoCandidate } from './candidate.ts';
import { aChainView, CONTRACTS, DELTAS, optionAt, QUOTES, quotesWith } from './testing/chain.ts';

const BOOK: StrategyBook = loadSettings({ env: {}, cwd: import.meta.dirname }).strategies;
const PLENTY = 10_000;
/** Those whose legs expire together: the chain here has one expiry. */
const NAMES = STRATEGY_NAMES.filter((name) => !settingsOf(name).legs.some(({ expiry }) => expiry === 'far'));

/** The settings of a strategy, with what a test changes about them. */
function settingsOf(strategy: StrategyName, over: Partial<StrategySettings> = {}): StrategySettings {
  const settings = BOOK[strategy];
  if (settings === undefined) throw new Error(`There is no ${strategy}`);
  return { ...settings, ...over };
}

/** Legs as `+101C`, and the numbers per unit in dollars. */
function summary(built: Candidate | NoCandidate): unknown {
  if (!isCandidate(built)) return built.reason;
  const { natural, mid, maxLossPerUnit, maxGainPerUnit, committedPerUnit } = built;
  return {
    legs: legsOf(built),
    natural,
    mid,
    maxLoss: maxLossPerUnit === null ? null : usdToNumber(maxLossPerUnit),
    maxGain: maxGainPerUnit === null ? null : usdToNumber(maxGainPerUnit),
    committed: usdToNumber(committedPerUnit),
  };
}

function legsOf(built: Candidate | NoCandidate): string {
  if (!isCandidate(built)) return built.reason;
  return built.legs
    .map(({ intent }, index) => {
      const contract = built.contracts[index];
      return `${sideOf(intent) === 'buy' ? '+' : '-'}${contract?.strike}${contract?.right === 'call' ? 'C' : 'P'}`;
    })
    .join(' ');
}

function build(
  strategy: StrategyName,
  budget = PLENTY,
  view = aChainView(),
  settings = settingsOf(strategy),
): Candidate | NoCandidate {
  return buildStructure(strategy, view, settings, budget);
}

describe('each structure from the same chain', () => {
  it('long call: the delta nearest 0.45 is 0.4609 at 101', () => {
    expect(summary(build('long-call'))).toEqual({
      legs: '+101C',
      natural: 2.53,
      mid: 2.48,
      maxLoss: 253,
      maxGain: null,
      committed: 253,
    });
  });

  it('long put: the delta nearest -0.45 is -0.4312 at 99', () => {
    expect(summary(build('long-put'))).toEqual({
      legs: '+99P',
      natural: 2.5,
      mid: 2.45,
      maxLoss: 250,
      maxGain: 9_650,
      committed: 250,
    });
  });

  it('bull call spread: 0.5688 at 99, two dollars wide', () => {
    // 3.50 - 2.43 = 1.07 paid for at most 2.00
    expect(summary(build('bull-call-spread'))).toEqual({
      legs: '+99C -101C',
      natural: 1.07,
      mid: 0.97,
      maxLoss: 107,
      maxGain: 93,
      committed: 107,
    });
  });

  it('bear put spread: -0.5391 at 101, two dollars wide', () => {
    // 3.53 - 2.40
    expect(summary(build('bear-put-spread'))).toEqual({
      legs: '+101P -99P',
      natural: 1.13,
      mid: 1.03,
      maxLoss: 113,
      maxGain: 87,
      committed: 113,
    });
  });

  it('bull put spread: -0.2772 at 96 sold, two dollars wide', () => {
    // 1.26 - 0.85 received, 200 set aside
    expect(summary(build('bull-put-spread'))).toEqual({
      legs: '-96P +94P',
      natural: -0.41,
      mid: -0.51,
      maxLoss: 159,
      maxGain: 41,
      committed: 200,
    });
  });

  it('bear call spread: 0.3100 at 104 sold, two dollars wide', () => {
    // 1.36 - 0.98
    expect(summary(build('bear-call-spread'))).toEqual({
      legs: '-104C +106C',
      natural: -0.38,
      mid: -0.48,
      maxLoss: 162,
      maxGain: 38,
      committed: 200,
    });
  });

  it('iron condor: -0.1903 at 94 and 0.1889 at 107 sold, wings two dollars out', () => {
    // 0.75 - 0.47 + 0.69 - 0.48 = 0.49; only one side can lose
    expect(summary(build('iron-condor'))).toEqual({
      legs: '-94P -107C +92P +109C',
      natural: -0.49,
      mid: -0.63,
      maxLoss: 151,
      maxGain: 49,
      committed: 200,
    });
  });

  it('with the deltas that Python found, added up to one unit', () => {
    for (const strategy of ['long-call', 'bear-put-spread', 'iron-condor'] as const) {
      const built = build(strategy);
      const expected = isCandidate(built)
        ? built.legs.reduce((sum, leg) => sum + 100 * sign(sideOf(leg.intent)) * (DELTAS.get(leg.symbol) ?? 0), 0)
        : Number.NaN;
      expect(isCandidate(built) && Math.abs(built.delta - expected)).toBeLessThan(0.5);
    }
  });
});

describe('the budget', () => {
  it('prefers the narrower wing that fits over the wanted width', () => {
    // 99/101 costs 107, 99/100 costs 3.50 - 2.89 = 61
    expect(legsOf(build('bull-call-spread', 106))).toBe('+99C -100C');
    expect(legsOf(build('bull-call-spread', 107))).toBe('+99C -101C');
    expect(legsOf(build('bull-put-spread', 158))).toBe('-96P +95P');
    expect(legsOf(build('iron-condor', 150))).toBe('-94P -107C +93P +108C');
  });

  it('prefers a cheaper contract within the range of deltas', () => {
    expect(legsOf(build('long-call', 200))).toBe('+103C');
    expect(legsOf(build('long-put', 150))).toBe('+96P');
  });

  it('does not hide what is too dear when nothing fits: risk says no with the number', () => {
    expect(legsOf(build('long-call', 10))).toBe('+101C');
    expect(legsOf(build('bull-call-spread', 10))).toBe('+99C -101C');
  });
});

describe('nothing is built', () => {
  it('when the strategy is switched off', () => {
    expect(summary(build('long-call', PLENTY, aChainView(), settingsOf('long-call', { enabled: false })))).toBe(
      'disabled',
    );
  });

  it.each(NAMES)('when no expiry is near or far enough (%s)', (strategy) => {
    for (const dte of [
      { min: 23, max: 60 },
      { min: 0, max: 21 },
    ]) {
      expect(summary(build(strategy, PLENTY, aChainView(), settingsOf(strategy, { dte })))).toBe('no-expiry');
    }
  });

  it('that the expiry exit would close at once, again and again', () => {
    const dte = { min: 0, max: 60 };
    for (const strategy of ['long-call', 'bull-put-spread', 'iron-condor'] as const) {
      const exit = { ...settingsOf(strategy).exit, minDte: 22 };
      expect(summary(build(strategy, PLENTY, aChainView(), settingsOf(strategy, { dte, exit })))).toBe('no-expiry');
      const later = { ...exit, minDte: 21 };
      expect(isCandidate(build(strategy, PLENTY, aChainView(), settingsOf(strategy, { dte, exit: later })))).toBe(true);
    }
  });

  it.each(NAMES)('when no contract has the delta (%s)', (strategy) => {
    const delta = { min: 0.001, target: 0.002, max: 0.003 };
    expect(summary(build(strategy, PLENTY, aChainView(), settingsOf(strategy, { delta })))).toBe(
      'no-contract-at-delta',
    );
  });

  it.each([
    ['are old', { at: after(-121) }],
    ['are from the future', { at: after(2) }],
    ['have no bid', { bid: null }],
    ['have no ask', { ask: null }],
    ['are crossed', { bid: 50, ask: 49 }],
    ['are no numbers', { bid: Number.NaN }],
  ])('from quotes that %s', (_why, change) => {
    const view = aChainView({ quotes: QUOTES.map((quote) => ({ ...quote, ...change })) });
    for (const strategy of NAMES) expect(summary(build(strategy, PLENTY, view))).toBe('no-contract-at-delta');
  });

  it('when there is no wing to buy or sell', () => {
    expect(summary(build('bull-call-spread', PLENTY, aChainView(), settingsOf('bull-call-spread', { width: 0 })))).toBe(
      'no-wing',
    );
    const calls = CONTRACTS.filter(({ right, strike }) => right === 'put' || strike <= 107);
    const delta = { min: 0.185, target: 0.19, max: 0.195 };
    expect(
      summary(build('iron-condor', PLENTY, aChainView({ contracts: calls }), settingsOf('iron-condor', { delta }))),
    ).toBe('no-wing');
  });

  it('when selling brings nothing', () => {
    const width = 0.01;
    // The put at 96 is sold for 1.26, the one at 95 costs more.
    const dear = aChainView({ quotes: quotesWith({ [optionAt(95, 'P').symbol]: { bid: 1.2, ask: 1.3 } }) });
    const narrow = aChainView({
      quotes: quotesWith({ [optionAt(94, 'P').symbol]: null, [optionAt(95, 'P').symbol]: { bid: 1.2, ask: 1.26 } }),
    });
    const settings = settingsOf('bull-put-spread', { width, delta: { min: 0.27, target: 0.28, max: 0.29 } });
    expect(legsOf(build('bull-put-spread', PLENTY, dear, settings))).toBe('-96P +94P');
    expect(summary(build('bull-put-spread', PLENTY, narrow, settings))).toBe('worthless');
    // Nobody bids for what would be sold: so wide a market is left alone.
    const wing = aChainView({
      quotes: quotesWith({ [optionAt(100, 'C').symbol]: { bid: 0 }, [optionAt(101, 'C').symbol]: { bid: 0 } }),
    });
    expect(
      summary(
        build(
          'bull-call-spread',
          PLENTY,
          wing,
          settingsOf('bull-call-spread', { width, delta: { min: 0.55, target: 0.57, max: 0.58 } }),
        ),
      ),
    ).toBe('no-wing');
  });

  it('that can not lose: such a quote is wrong', () => {
    // 1.26 received for a put one dollar above another that costs 0.20
    const quotes = quotesWith({ [optionAt(95, 'P').symbol]: { bid: 0.1, ask: 0.2 }, [optionAt(94, 'P').symbol]: null });
    const settings = settingsOf('bull-put-spread', { width: 0.01, delta: { min: 0.27, target: 0.28, max: 0.29 } });
    expect(summary(build('bull-put-spread', PLENTY, aChainView({ quotes }), settings))).toBe('worthless');
  });
});

describe('from any chain', () => {
  const market = fc.record({
    spot: fc.double({ min: 93, max: 107, noNaN: true }),
    budget: fc.integer({ min: 10, max: 1_000 }),
    noise: fc.array(fc.record({ shift: fc.integer({ min: -30, max: 30 }), kind: fc.nat(9) }), {
      minLength: 42,
      maxLength: 42,
    }),
    strategy: fc.constantFrom(...NAMES),
  });

  it('a structure is priced at quoted far sides, within its settings, and loses at most what it says', () => {
    let built = 0;
    fc.assert(
      fc.property(market, ({ spot, budget, noise, strategy }) => {
        const quotes = QUOTES.map((quote, index) => {
          const { shift = 0, kind = 0 } = noise[index] ?? {};
          const bid = Math.max(0, Math.round(((quote.bid ?? 0) + shift / 100) * 100) / 100);
          return {
            ...quote,
            bid: kind === 0 ? null : bid,
            ask: kind === 1 ? null : Math.round((bid + kind / 100) * 100) / 100,
          };
        });
        const found = build(strategy, budget, aChainView({ spot, quotes }));
        if (!isCandidate(found)) return;
        built++;
        const bySymbol = new Map(quotes.map((quote) => [quote.symbol as string, quote]));
        let net = 0;
        for (const leg of found.legs) {
          const quote = bySymbol.get(leg.symbol);
          const price = (sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid) ?? Number.NaN;
          expect(price).toBeGreaterThan(0);
          expect(opens(leg.intent)).toBe(true);
          net += sign(sideOf(leg.intent)) * leg.ratio * price;
        }
        expect(found.natural).toBeCloseTo(net, 9);
        expect(found.natural + 1e-9).toBeGreaterThanOrEqual(found.mid);
        let worst = 0;
        for (const price of [0, ...found.contracts.map(({ strike }) => strike), 1_000]) {
          let payoff = -net;
          for (const [index, { strike, right }] of found.contracts.entries()) {
            const { intent, ratio = 1 } = found.legs[index] ?? {};
            const intrinsic = Math.max(0, right === 'call' ? price - strike : strike - price);
            payoff += (intent === 'buy_to_open' ? 1 : -1) * ratio * intrinsic;
          }
          worst = Math.min(worst, payoff);
        }
        // Against shares the order's own loss is what it costs; the call it sells is covered.
        const loss = found.shares > 0 ? Math.max(0, net) : -worst;
        expect(usdToNumber(found.maxLossPerUnit)).toBeCloseTo(loss * 100, 6);
        expect(found.shares > 0 || found.committedPerUnit > 0).toBe(true);
        // Wings of unequal width can turn a butterfly into a credit; a collar may be either.
        const either = found.shares > 0 || strategy === 'call-butterfly';
        expect(either || found.natural > 0 === /^long|^bull-call|^bear-put/.test(strategy)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(built).toBeGreaterThan(100);
  });
});

describe('a leg', () => {
  const wing = (steps: number) => ({ side: 'buy' as const, right: 'put' as const, at: 'wing' as const, of: 0, steps });

  it('lies as many widths away as its steps say', () => {
    const [sold] = settingsOf('bull-put-spread').legs;
    if (sold === undefined) throw new Error('The spread has a sold leg');
    const legs = [sold, { ...sold, ...wing(-1) }, { ...sold, ...wing(2) }];
    const settings = settingsOf('bull-put-spread', { legs, width: 0.02 });
    expect(legsOf(build('bull-put-spread', PLENTY, aChainView(), settings))).toBe('-96P +98P +92P');
  });

  it.each([
    // Half of the midpoint is the most that a spread may be, ten cents are always allowed.
    [0.3, 0.49, '-96P +94P'],
    [0.3, 0.51, 'no-wing'],
    [0.01, 0.11, '-96P +94P'],
  ])('quoted at %d to %d: %s', (bid, ask, legs) => {
    const only = [96, 94].map((strike) => optionAt(strike, 'P').symbol as string);
    const quotes = quotesWith({ [optionAt(94, 'P').symbol]: { bid, ask } }).filter(
      ({ symbol }) => only.includes(symbol) || /C/.test(symbol.slice(9)),
    );
    expect(legsOf(build('bull-put-spread', PLENTY, aChainView({ quotes })))).toBe(legs);
  });

  it('of the later expiry ends as much later as the strategy asks, at the nearest such date', () => {
    const calendar = (days: readonly string[]) => {
      const quotes = days.flatMap((day, index) =>
        QUOTES.map((quote) => ({
          ...quote,
          symbol: optionSymbol(quote.symbol.replace('160115', day)),
          bid: (quote.bid ?? 0) + index,
          ask: (quote.ask ?? 0) + index,
        })),
      );
      const view = aChainView({ quotes, contracts: quotes.map(({ symbol }) => optionContract(symbol)) });
      const built = build('call-calendar', PLENTY, view);
      return isCandidate(built) ? built.contracts.map(({ expiry }) => expiry) : built.reason;
    };
    // Two weeks to thirty-two days.
    expect(calendar(['160115', '160122', '160129', '160205'])).toEqual(['2016-01-15', '2016-01-29']);
    expect(calendar(['160115', '160122'])).toBe('no-expiry');
    expect(calendar(['160115', '160219'])).toBe('no-expiry');
  });
});
