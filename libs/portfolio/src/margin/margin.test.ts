import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marketDate, usd, usdToNumber } from '@trading-agent/core';
import { type ContractTerms, formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { bookOf } from './book.ts';
import { marginOf, marginOfOrder } from './margin.ts';
import { COVERED_MARGIN, type HeldOption, type Holdings, type MarginMarket, type MarginTerms } from './terms.ts';

/** `-2 C310` or `1 P95.5 far`, on ABC unless another root is named. */
function held(text: string, root = 'ABC'): HeldOption {
  const [quantity = '', terms = '', when = 'near'] = text.split(' ');
  const expiry = marketDate({ near: '2023-05-19', next: '2023-06-16', far: '2023-09-15' }[when] ?? '');
  const right = terms.startsWith('C') ? 'call' : 'put';
  const symbol = formatOptionSymbol({ root, expiry, right, strike: Number(terms.slice(1)) });
  return { contract: optionContract(symbol), quantity: Number(quantity) };
}

function holdings(options: readonly string[], shares = 0): Holdings {
  return {
    options: options.map((text) => held(text)),
    stocks: shares === 0 ? [] : [{ symbol: 'ABC', quantity: shares }],
  };
}

/** Prices by `C310`, any expiry; `spot` for the stock. */
function market(spot: number | null, prices: Readonly<Record<string, number>> = {}): MarginMarket {
  return {
    price: (symbol) => {
      if (symbol === 'ABC' || symbol === 'SPX') return spot;
      const { right, strike } = optionContract(symbol);
      return prices[`${right === 'call' ? 'C' : 'P'}${strike}`] ?? null;
    },
  };
}

const NAKED: MarginTerms = { ...COVERED_MARGIN, uncovered: true };
const INDEX: MarginTerms = { ...NAKED, underlying: () => ({ kind: 'broad-index', leverage: 1 }) };

/** Strategy, initial and maintenance in dollars. */
function told(
  options: readonly string[],
  {
    shares = 0,
    spot = 100,
    prices = {},
    terms = COVERED_MARGIN,
  }: {
    shares?: number;
    spot?: number | null;
    prices?: Readonly<Record<string, number>>;
    terms?: MarginTerms;
  } = {},
): readonly [string, number | null, number | null] {
  const margin = marginOf(holdings(options, shares), market(spot, prices), terms);
  return [
    margin.groups.map(({ strategy }) => strategy).join(' + '),
    margin.initial === null ? null : usdToNumber(margin.initial),
    margin.maintenance === null ? null : usdToNumber(margin.maintenance),
  ];
}

interface Reference {
  readonly naked: readonly NakedCase[];
  readonly naked_exact: readonly (Omit<NakedCase, 'product' | 'ib_reported'> & { readonly expected: number })[];
  readonly defined_risk: readonly {
    readonly strategy: string;
    readonly legs: readonly (readonly ['C' | 'P', number, number])[];
    readonly underlying: number;
    readonly ib_initial_margin: number;
  }[];
}

interface NakedCase {
  readonly kind: 'short_naked_call' | 'short_naked_put';
  readonly product: 'equity' | 'index';
  readonly strike: number;
  readonly option_price: number;
  readonly underlying: number;
  readonly contracts: number;
  readonly ib_reported: number;
  readonly reg_t_formula_value: number;
}

const file = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/margin/margin_short_options_ib_regt.json');

describe.skipIf(!existsSync(file))(`against the figures of a broker in ${file}`, () => {
  const reference: Reference = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { naked: [], naked_exact: [], defined_risk: [] };
  const naked = (
    one: Omit<NakedCase, 'product' | 'ib_reported' | 'reg_t_formula_value'>,
    terms: MarginTerms,
  ): number => {
    const name = `${one.kind === 'short_naked_call' ? 'C' : 'P'}${one.strike}`;
    const { initial } = marginOf(
      holdings([`${-one.contracts} ${name}`]),
      market(one.underlying, { [name]: one.option_price }),
      terms,
    );
    return initial === null ? Number.NaN : usdToNumber(initial);
  };

  it('has the formula value of uncovered options exactly, within 5% of what the broker asked', () => {
    for (const one of reference.naked) {
      const required = naked(one, one.product === 'index' ? INDEX : NAKED);
      expect(required).toBe(one.reg_t_formula_value);
      expect(Math.abs(required / one.ib_reported - 1)).toBeLessThan(0.05);
    }
    expect(reference.naked).toHaveLength(10);
  });

  it('has the worked examples of two uncovered contracts exactly', () => {
    expect(reference.naked_exact.map((one) => naked(one, NAKED))).toEqual(
      reference.naked_exact.map((one) => one.expected),
    );
    expect(reference.naked_exact).toHaveLength(4);
  });

  it('has the requirement of every structure of limited risk exactly', () => {
    const limited = reference.defined_risk.filter(({ strategy }) => !/short_str/.test(strategy));
    const required = limited.map(({ strategy, legs, underlying }) => [
      strategy,
      told(
        legs.map(([right, strike, quantity]) => `${quantity} ${right}${strike}`),
        { spot: underlying },
      )[1],
    ]);
    expect(required).toEqual(limited.map(({ strategy, ib_initial_margin }) => [strategy, ib_initial_margin]));
    expect(limited).toHaveLength(7);
  });

  const shorts = reference.defined_risk.filter(({ strategy }) => /short_str/.test(strategy));
  const atPrices = (
    legs: readonly (readonly ['C' | 'P', number, number])[],
    spot: number,
    prices: Readonly<Record<string, number>>,
  ): readonly [string, number | null] => {
    const options = legs.map(([right, strike, quantity]) => `${quantity} ${right}${strike}`);
    const [strategy, initial] = told(options, { spot, prices, terms: NAKED });
    return [strategy, initial];
  };

  it('has the formula value of the short straddle and strangle at the prices that the file states for 410', () => {
    // An independent engine has 19,402 and 18,202 at these as well (LEAN, the comments of its OptionStrategyPositionGroupBuyingPowerModelTests).
    const prices = { C300: 112, C310: 100, C320: 92, P300: 0.02, P310: 0.03, P320: 0.05 };
    expect(shorts.map(({ legs, underlying }) => atPrices(legs, underlying, prices))).toEqual([
      ['short-straddle', 19_402],
      ['short-strangle', 18_202],
    ]);
  });

  it('is within 5% of the broker for both at the prices of its rows for 415, if the call of the strangle was the 300', () => {
    // The broker's two figures can't be of these legs at one moment: the strangle's call is worth 10 less than the straddle's and binds the same share
    // of the stock, so that the strangle must ask about 1,000 less; it is told to ask 128 more. The source calls its figures approximate and holds its
    // own engine to 20% of them; it has 21,200 and 20,537 for the same call of 300 alone. The same file's row of that call, for 415, is 19,837.
    const [straddle, strangle] = shorts.map(({ ib_initial_margin: broker }) => broker);
    expect([straddle, strangle]).toEqual([20_624, 20_752]);
    const call = reference.naked.find(({ kind, strike }) => kind === 'short_naked_call' && strike === 300);
    const put = reference.naked.find(({ kind, strike }) => kind === 'short_naked_put' && strike === 300);
    expect([call?.underlying, put?.underlying]).toEqual([415, 415]);
    const prices = { C300: call?.option_price ?? 0, P300: put?.option_price ?? 0, P310: put?.option_price ?? 0 };
    const read = [
      atPrices(
        [
          ['C', 300, -1],
          ['P', 300, -1],
        ],
        415,
        prices,
      ),
      // The put of 310 is worth a little more than that of 300; nothing is added for it.
      atPrices(
        [
          ['C', 300, -1],
          ['P', 310, -1],
        ],
        415,
        prices,
      ),
    ];
    expect(read).toEqual([
      ['short-straddle', 19_920],
      ['short-strangle', 19_920],
    ]);
    for (const [index, broker] of [straddle, strangle].entries())
      expect(Math.abs((read[index]?.[1] ?? 0) / (broker ?? 0) - 1)).toBeLessThan(0.05);
  });
});

describe('the margin of', () => {
  it.each<[string, readonly string[], Parameters<typeof told>[1], readonly [string, number | null, number | null]]>([
    ['nothing', [], {}, ['', 0, 0]],
    ['a long option: nothing beyond its price', ['2 C100'], {}, ['long-option', 0, 0]],
    ['an iron condor: the wider wing', ['1 P90', '-1 P95', '-1 C105', '1 C115'], {}, ['iron-condor', 1_000, 1_000]],
    ['an iron butterfly', ['1 P90', '-1 P100', '-1 C100', '1 C110'], {}, ['iron-butterfly', 1_000, 1_000]],
    ['a short box', ['-1 C90', '1 C110', '1 P90', '-1 P110'], {}, ['box', 2_000, 2_000]],
    ['a long box, paid in full', ['1 C90', '-1 C110', '-1 P90', '1 P110'], {}, ['box', 0, 0]],
    ['a condor of calls', ['-1 C90', '1 C95', '1 C105', '-1 C110'], {}, ['condor', 500, 500]],
    ['an unequal butterfly', ['1 C90', '-2 C100', '1 C115'], {}, ['butterfly', 500, 500]],
    ['a calendar', ['-1 C100', '1 C100 far'], {}, ['calendar', 0, 0]],
    ['a diagonal that may lose its width', ['-1 C95', '1 C100 far'], {}, ['diagonal', 500, 500]],
    ['a call sold beyond the life of the one bought', ['1 C100', '-1 C100 far'], {}, ['', null, null]],
    ['a call sold without cover', ['-1 C100'], {}, ['', null, null]],
    ['a put secured by cash', ['-2 P90'], {}, ['cash-secured-put', 18_000, 18_000]],
    ['one call covered of two', ['-2 C105', '1 C100'], {}, ['', null, null]],
    ['a back spread: the second call is only held', ['-1 C100', '2 C105'], {}, ['long-option + vertical', 500, 500]],
    // 0.2 * 100 - 5 = 15; the minimum 10.
    [
      'a ratio spread: the second call is uncovered',
      ['1 C100', '-2 C105'],
      { terms: NAKED, prices: { C105: 2 } },
      ['naked-call + vertical', 1_700, 1_700],
    ],
    [
      'a wide spread: cheaper uncovered',
      ['1 P10', '-1 P90'],
      { terms: NAKED, prices: { P90: 1 } },
      ['long-option + naked-put', 1_100, 1_100],
    ],
    // Call: 3 + 20 - 2 = 21; put: 2.5 + 20 - 5 = 17.5. The call's 21 and the put's 2.5.
    [
      'a short strangle: the greater and the other premium',
      ['-1 C102', '-1 P95'],
      { terms: NAKED, prices: { C102: 3, P95: 2.5 } },
      ['short-strangle', 2_350, 2_350],
    ],
    ['a naked option without a price', ['-1 C100'], { terms: NAKED }, ['', null, null]],
    ['stock', [], { shares: 100 }, ['long-stock', 5_000, 2_500]],
    ['short stock', [], { shares: -100 }, ['short-stock', 15_000, 13_000]],
    ['short stock below five dollars', [], { shares: -100, spot: 2 }, ['short-stock', 450, 450]],
    ['stock without a price', [], { shares: 100, spot: null }, ['', null, null]],
    ['a covered call', ['-1 C105'], { shares: 150 }, ['covered-call + long-stock', 7_500, 3_750]],
    // The stock counts at the strike: 25% of 90, and the 10 that are not ours.
    ['a covered call in the money', ['-1 C90'], { shares: 100 }, ['covered-call', 6_000, 3_250]],
    ['a call that too few shares cover', ['-1 C105'], { shares: 99 }, ['', null, null]],
    ['a covered put', ['-1 P95'], { shares: -100 }, ['covered-put', 15_000, 13_000]],
    // 10% of 95 and 5 out of the money: 14.5 below the stock's 25.
    ['a protective put', ['1 P95'], { shares: 100 }, ['long-option + long-stock', 5_000, 1_450]],
    // 10.5 + 5 = 15.5 and the stock bought back.
    ['a protective call', ['1 C105'], { shares: -100 }, ['long-option + short-stock', 15_000, 11_550]],
    ['a collar', ['1 P95', '-1 C110'], { shares: 100 }, ['covered-call + long-option', 5_000, 1_450]],
    ['a conversion', ['1 P100', '-1 C100'], { shares: 100 }, ['covered-call + long-option', 5_000, 1_000]],
    ['a reverse conversion', ['1 C100', '-1 P100'], { shares: -100 }, ['long-option + covered-put', 15_000, 11_000]],
    [
      'stock of a cash account',
      ['-1 C90'],
      { shares: 100, terms: { ...COVERED_MARGIN, account: 'cash' } },
      ['covered-call', 10_000, 10_000],
    ],
    [
      'a spread of American options in a cash account',
      ['-1 C100', '1 C105'],
      { terms: { ...COVERED_MARGIN, account: 'cash' } },
      ['', null, null],
    ],
    [
      'a short sale in a cash account',
      [],
      { shares: -100, terms: { ...COVERED_MARGIN, account: 'cash' } },
      ['', null, null],
    ],
  ])('%s', (_what, options, situation, expected) => {
    expect(told(options, situation)).toEqual(expected);
  });
});

/** Strategies of the cheapest grouping to keep what is held. */
function kept(options: readonly string[], shares: number): string[] {
  return marginOf(holdings(options, shares), market(100), COVERED_MARGIN).maintenanceGroups.map(
    (group) => group.strategy,
  );
}

describe('a group', () => {
  it.each([
    [['1 P95'], 100, ['protective-put']],
    [['1 C105'], -100, ['protective-call']],
    [['1 P95', '-1 C110'], 150, ['collar', 'long-stock']],
    [['1 P100', '-1 C100'], 100, ['conversion']],
    [['1 C100', '-1 P100'], -100, ['reverse-conversion']],
  ])('of %j and %i shares is told by the name under which it is cheapest to keep', (options, shares, names) => {
    expect(kept(options, shares)).toEqual(names);
  });

  it('names its legs, its requirement and where the rule stands', () => {
    const { groups } = marginOf(holdings(['-2 C105', '2 C110', '1 C120']), market(100), COVERED_MARGIN);
    expect(groups).toEqual([
      {
        underlying: 'ABC',
        strategy: 'long-option',
        legs: [{ symbol: 'ABC230519C00120000', quantity: 1 }],
        requirement: 0,
        rule: 'FINRA 4210(f)(2)(D): paid in full',
      },
      {
        underlying: 'ABC',
        strategy: 'vertical',
        legs: [
          { symbol: 'ABC230519C00105000', quantity: -2 },
          { symbol: 'ABC230519C00110000', quantity: 2 },
        ],
        requirement: usd(1_000),
        rule: 'FINRA 4210(f)(2)(H)(i)b: the maximum potential loss at any exercise price',
      },
    ]);
  });

  it('without cover tells which legs lack it', () => {
    const margin = marginOf(holdings(['-3 C105', '1 C100 far']), market(100), COVERED_MARGIN);
    expect(margin).toMatchObject({ initial: null, uncovered: [{ symbol: 'ABC230519C00105000', quantity: -2 }] });
  });
});

describe('uncovered options on a fund with leverage', () => {
  it.each([
    [1, 'P90', 1_100],
    // 60% of 100 less 10; the minimum is 30% of 90.
    [3, 'P90', 5_100],
    // No more than the whole price, whatever the factor.
    [9, 'C100', 10_100],
  ])('with factor %i: %s', (leverage, name, required) => {
    const terms: MarginTerms = { ...NAKED, underlying: () => ({ kind: 'equity', leverage }) };
    expect(told([`-1 ${name}`], { prices: { [name]: 1 }, terms })[1]).toBe(required);
  });
});

describe('what covers what', () => {
  const PRICED: MarginMarket = { price: (symbol) => (/^[A-Z]+$/.test(symbol) ? 100 : 1) };
  const required = (options: readonly HeldOption[], symbol = 'ABC', shares = 0, terms = COVERED_MARGIN) => {
    const stocks = shares === 0 ? [] : [{ symbol, quantity: shares }];
    const { initial, uncovered } = marginOf({ options, stocks }, PRICED, terms);
    return [initial === null ? null : usdToNumber(initial), uncovered.length];
  };
  const changed = (one: HeldOption, terms: ContractTerms): HeldOption => ({
    ...one,
    contract: optionContract(one.contract.symbol, terms),
  });

  it.each<[string, readonly HeldOption[], Parameters<typeof required>[1], number, readonly [number | null, number]]>([
    ['an adjusted call is covered by no stock', [changed(held('-1 C105'), { adjusted: true })], 'ABC', 100, [null, 1]],
    ['and by no bought call', [changed(held('-1 C105'), { adjusted: true }), held('1 C110')], 'ABC', 0, [null, 1]],
    ['nor does one cover', [held('-1 C105'), changed(held('1 C110'), { adjusted: true })], 'ABC', 0, [null, 1]],
    [
      'a mini of ten shares covers no whole contract',
      [held('-1 C105', 'SPY'), held('1 C105', 'SPY7')],
      'SPY',
      0,
      [null, 1],
    ],
    ['ten shares cover a mini', [held('-1 C105', 'SPY7')], 'SPY', 10, [500, 0]],
    [
      'what ends in the morning covers nothing that ends at the close',
      [held('-1 C105', 'SPXW'), held('1 C110', 'SPX')],
      'SPX',
      0,
      [null, 1],
    ],
    ['what ends at the close covers the morning', [held('-1 C105', 'SPX'), held('1 C110', 'SPXW')], 'SPX', 0, [500, 0]],
  ])('%s', (_what, options, symbol, shares, expected) => {
    expect(required(options, symbol, shares)).toEqual(expected);
  });
});

describe('an order', () => {
  const order = (changes: readonly string[], premium: number, before: readonly string[] = [], shares = 0) => {
    const { change, funds } = marginOfOrder(
      changes.map((text) => held(text)),
      usd(premium),
      bookOf('ABC', holdings(before, shares)),
      market(100),
      COVERED_MARGIN,
    );
    return [change, funds].map((amount) => (amount === null ? null : usdToNumber(amount)));
  };

  it.each([
    ['that buys takes its premium', ['1 C100'], 300, [], 0, [0, 300]],
    ['that sells a spread takes its width less the credit', ['-1 P95', '1 P90'], -150, [], 0, [500, 350]],
    ['that adds the other wing takes nothing more', ['-1 C105', '1 C110'], -150, ['-1 P95', '1 P90'], 0, [0, -150]],
    ['that closes frees what was bound', ['1 P95', '-1 P90'], 150, ['-1 P95', '1 P90'], 0, [-500, -350]],
    ['that secures a put by cash takes its strike', ['-1 P90'], -50, ['-1 C95', '1 C90'], 0, [9_000, 8_950]],
    ['that sells a covered call is free', ['-1 C105'], -200, [], 100, [0, -200]],
    [
      'that sells the long side of a spread leaves a naked short',
      ['-1 C110'],
      -50,
      ['-1 C105', '1 C110'],
      0,
      [null, null],
    ],
  ])('%s', (_what, changes, premium, before, shares, expected) => {
    expect(order(changes, premium, before, shares)).toEqual(expected);
  });
});
