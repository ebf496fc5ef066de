import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TradingError, marketDate, usd } from '@trading-agent/core';
import { type OptionContract, type OptionRight, formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type StructureLeg,
  besideShares,
  breakevens,
  collateralPerUnit,
  maxGainPerUnit,
  maxLossPerUnit,
  payoffAt,
  uncoveredShorts,
} from './payoff.ts';

const NEAR = '2016-01-15';
const FAR = '2016-02-19';

function contract(right: OptionRight, strike: number, expiry = NEAR, root = 'GOOG'): OptionContract {
  return optionContract(formatOptionSymbol({ root, expiry: marketDate(expiry), right, strike }));
}

function leg(text: string, expiry = NEAR): StructureLeg {
  const [, ratio = '', right = '', strike = ''] = /^([+-]\d+)([CP])([\d.]+)$/.exec(text) ?? [];
  return { contract: contract(right === 'C' ? 'call' : 'put', Number(strike), expiry), signedRatio: Number(ratio) };
}

const legs = (...texts: readonly string[]): StructureLeg[] => texts.map((text) => leg(text));

interface MarginFile {
  readonly defined_risk: readonly {
    readonly strategy: string;
    readonly legs: readonly (readonly ['C' | 'P', number, number])[];
    readonly ib_initial_margin: number;
  }[];
}

const reference = join(
  process.env['TRADING_AGENT_SHARED'] ?? '../shared',
  'data/margin/margin_short_options_ib_regt.json',
);

describe.skipIf(!existsSync(reference))(`collateral against a broker's figures in ${reference}`, () => {
  const cases: MarginFile = existsSync(reference) ? JSON.parse(readFileSync(reference, 'utf8')) : { defined_risk: [] };

  it('has the same requirement for every structure whose risk is defined', () => {
    const built = cases.defined_risk.map(({ strategy, legs: described, ib_initial_margin }) => ({
      strategy,
      margin: ib_initial_margin,
      structure: described.map(([right, strike, ratio]) => leg(`${ratio > 0 ? '+' : ''}${ratio}${right}${strike}`)),
    }));
    // Straddles and strangles are margined by formula there: their short calls are uncovered.
    const covered = built.filter(({ structure }) => uncoveredShorts(structure).length === 0);
    expect(covered.map(({ strategy, structure }) => [strategy, collateralPerUnit(structure)])).toEqual(
      covered.map(({ strategy, margin }) => [strategy, usd(margin)]),
    );
    expect(covered).toHaveLength(7);
    const uncovered = built.filter((item) => !covered.includes(item));
    expect(uncovered.map(({ structure }) => collateralPerUnit(structure))).toEqual([null, null]);
  });
});

describe('figures worked by hand', () => {
  // Options Industry Council, "Options Strategies Quick Guide": maximum loss, gain and break-even of each structure.
  it('long call', () => {
    const call = legs('+1C750');
    expect(maxLossPerUnit(call, 12.9)).toBe(usd(1_290));
    expect(maxGainPerUnit(call, 12.9)).toBeNull();
    expect(breakevens(call, 12.9)).toEqual([762.9]);
    expect(collateralPerUnit(call)).toBe(0);
  });

  it('cash-secured put', () => {
    const put = legs('-1P745');
    expect(maxLossPerUnit(put, -11)).toBe(usd(73_400));
    expect(maxGainPerUnit(put, -11)).toBe(usd(1_100));
    expect(breakevens(put, -11)).toEqual([734]);
    expect(collateralPerUnit(put)).toBe(usd(74_500));
  });

  it('credit put spread', () => {
    const spread = legs('-1P752.5', '+1P745');
    expect(maxLossPerUnit(spread, -2.4)).toBe(usd(510));
    expect(maxGainPerUnit(spread, -2.4)).toBe(usd(240));
    expect(breakevens(spread, -2.4)).toEqual([750.1]);
    expect(collateralPerUnit(spread)).toBe(usd(750));
  });

  it('debit call spread', () => {
    const spread = legs('+1C745', '-1C750');
    expect(maxLossPerUnit(spread, 4.3)).toBe(usd(430));
    expect(maxGainPerUnit(spread, 4.3)).toBe(usd(70));
    expect(breakevens(spread, 4.3)).toEqual([749.3]);
    expect(collateralPerUnit(spread)).toBe(0);
  });

  it('short iron condor with wings of different width reserves the wider one', () => {
    const condor = legs('+1P730', '-1P740', '-1C760', '+1C775');
    expect(maxLossPerUnit(condor, -6)).toBe(usd(900));
    expect(maxGainPerUnit(condor, -6)).toBe(usd(600));
    expect(breakevens(condor, -6)).toEqual([734, 766]);
    expect(collateralPerUnit(condor)).toBe(usd(1_500));
  });

  it('call butterfly', () => {
    const butterfly = legs('+1C745', '-2C750', '+1C755');
    expect(maxLossPerUnit(butterfly, 1)).toBe(usd(100));
    expect(maxGainPerUnit(butterfly, 1)).toBe(usd(400));
    expect(breakevens(butterfly, 1)).toEqual([746, 754]);
    expect(collateralPerUnit(butterfly)).toBe(0);
  });

  it('a short call that nothing covers has no bound', () => {
    expect(maxLossPerUnit(legs('-1C750'), -12.9)).toBeNull();
    expect(collateralPerUnit(legs('+1C745', '-2C750'))).toBeNull();
    expect(breakevens(legs('-1C750'), -12.9)).toEqual([762.9]);
  });

  it('a mini contract moves ten shares', () => {
    const mini: StructureLeg = { contract: contract('put', 100, NEAR, 'GOOG7'), signedRatio: -1 };
    expect(mini.contract.multiplier).toBe(10);
    expect(collateralPerUnit([mini])).toBe(usd(1_000));
    expect(maxLossPerUnit([mini], -5)).toBe(usd(950));
  });

  it('a structure flat at zero names the ends of the flat range', () => {
    expect(breakevens(legs('+1C750'), 0)).toEqual([0, 750]);
  });
});

describe('beside shares', () => {
  it('the calls that they cover are no risk, everything else is', () => {
    const own = (held: number, ...texts: readonly string[]) =>
      besideShares(legs(...texts), held)?.map(({ signedRatio }) => signedRatio) ?? null;
    expect(own(100, '-1C750')).toEqual([0]);
    expect(own(99, '-1C750')).toBeNull();
    expect(own(100, '+1P740', '-1C760')).toEqual([1, 0]);
    expect(own(100, '-3C750', '+2C760', '-1P740', '+1P735')).toEqual([-2, 2, -1, 1]);
    expect(own(1_000, '-1P740')).toBeNull();
  });
});

describe('several expiries', () => {
  it('what is sold at two of them can lose at both', () => {
    const near = [leg('-1P740', NEAR), leg('+1P735', NEAR)];
    const far = [leg('-1C760', FAR), leg('+1C770', FAR)];
    expect(collateralPerUnit([...near, ...far])).toBe(usd(1_500));
    expect(maxLossPerUnit([...near, ...far], -3)).toBe(usd(1_200));
    // One long that stands for both can cover but one of them.
    expect(collateralPerUnit([leg('-1P740', NEAR), leg('-1P740', FAR), leg('+1P735', FAR)])).toBe(usd(74_500));
    expect(collateralPerUnit([leg('-1C740', NEAR), leg('-1C740', FAR), leg('+1C745', FAR)])).toBeNull();
  });

  it('a long leg covers a short one that expires before it', () => {
    expect(collateralPerUnit([leg('-1P745', NEAR), leg('+1P745', FAR)])).toBe(0);
    expect(collateralPerUnit([leg('-1C745', NEAR), leg('+1C750', FAR)])).toBe(usd(500));
    expect(uncoveredShorts([leg('-1C745', NEAR), leg('+1C750', FAR)])).toEqual([]);
  });

  it('and never one that outlives it', () => {
    const reversed = [leg('+1C745', NEAR), leg('-1C745', FAR)];
    expect(collateralPerUnit(reversed)).toBeNull();
    expect(uncoveredShorts(reversed)).toEqual([{ contract: contract('call', 745, FAR), quantity: 1 }]);
    expect(collateralPerUnit([leg('+1P745', NEAR), leg('-1P745', FAR)])).toBe(usd(74_500));
  });

  it('what is settled in the morning covers nothing that lives until the close of its day', () => {
    const [morning, close] = ['SPX', 'SPXW'].map((root) => (strike: number, signedRatio: number): StructureLeg => ({
      contract: contract('call', strike, NEAR, root),
      signedRatio,
    }));
    if (morning === undefined || close === undefined) throw new Error('no root');
    const gone = [close(1900, -1), morning(1910, 1)];
    expect(collateralPerUnit(gone)).toBeNull();
    expect(uncoveredShorts(gone)).toHaveLength(1);
    const stays = [morning(1900, -1), close(1910, 1)];
    expect(collateralPerUnit(stays)).toBe(usd(1_000));
    expect(uncoveredShorts(stays)).toEqual([]);
  });

  it('gains and break-evens need one expiry', () => {
    const calendar = [leg('-1P745', NEAR), leg('+1P745', FAR)];
    expect(() => maxGainPerUnit(calendar, 20)).toThrow(TradingError);
    expect(() => breakevens(calendar, 20)).toThrow(TradingError);
    expect(maxLossPerUnit(calendar, 20.1)).toBe(usd(2_010));
  });
});

describe('cover', () => {
  it('counts contracts per right', () => {
    expect(uncoveredShorts(legs('+1C745', '-1C750'))).toEqual([]);
    expect(uncoveredShorts(legs('+1P745', '-1C750')).map(({ quantity }) => quantity)).toEqual([1]);
    expect(uncoveredShorts(legs('+2C745', '-3C750')).map(({ quantity }) => quantity)).toEqual([1]);
    expect(uncoveredShorts(legs('-1P740', '-1C760')).map(({ contract: { right } }) => right)).toEqual(['call', 'put']);
  });
});

const structure = fc.array(
  fc.record({
    right: fc.constantFrom<OptionRight>('call', 'put'),
    strike: fc.integer({ min: 1, max: 40 }).map((step) => step * 2.5),
    signedRatio: fc.integer({ min: -3, max: 3 }).filter((ratio) => ratio !== 0),
  }),
  { minLength: 1, maxLength: 4 },
);
const netPrice = fc.integer({ min: -2_000, max: 2_000 }).map((cents) => cents / 100);

/** Profit per unit in micro-dollars, from the definition of an option, on a grid that contains all strikes. */
function profits(
  described: readonly { right: OptionRight; strike: number; signedRatio: number }[],
  net: number,
): number[] {
  const grid = Array.from({ length: 1_201 }, (_, index) => index / 4);
  return grid.map((spot) => {
    let value = 0;
    for (const { right, strike, signedRatio } of described) {
      value += signedRatio * Math.max(0, right === 'call' ? spot - strike : strike - spot);
    }
    return Math.round((value - net) * 100 * 1e6);
  });
}

describe('against brute force over a grid of spots', () => {
  it('loss, gain, collateral and break-evens', () => {
    fc.assert(
      fc.property(structure, netPrice, (described, net) => {
        const built = described.map(({ right, strike, signedRatio }) => ({
          contract: contract(right, strike),
          signedRatio,
        }));
        const profit = profits(described, net);
        const [first = 0, last = 0, beforeLast = 0] = [profit[0], profit.at(-1), profit.at(-2)];
        const worst = Math.min(...profit);
        const best = Math.max(...profit);
        const falls = last < beforeLast;
        const rises = last > beforeLast;
        expect(maxLossPerUnit(built, net)).toBe(falls ? null : Math.max(0, -worst));
        expect(maxGainPerUnit(built, net)).toBe(rises ? null : Math.max(0, best));
        expect(collateralPerUnit(built)).toBe(falls ? null : Math.max(0, -worst - usd(net) * 100));

        const found = breakevens(built, net);
        for (const spot of found) expect(Math.abs(payoffAt(built, spot) - usd(net) * 100)).toBeLessThan(1_000);
        const crossings = profit.filter((value, index) => value * (profit[index + 1] ?? 0) < 0).length;
        const beyond = Number((falls && last > 0) || (rises && last < 0));
        expect(found.length).toBeGreaterThanOrEqual(crossings + beyond);
        expect(found.length === 0 && first * last < 0).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('a structure whose calls are all covered has bounded risk', () => {
    fc.assert(
      fc.property(structure, (described) => {
        const built = described.map(({ right, strike, signedRatio }) => ({
          contract: contract(right, strike),
          signedRatio,
        }));
        const nakedCalls = uncoveredShorts(built).some((short) => short.contract.right === 'call');
        expect(collateralPerUnit(built) === null).toBe(nakedCalls);
      }),
    );
  });
});
