import { STRATEGY_NAME, STRATEGY_NAMES, type StrategyName } from '@trading-agent/config';
import { TradingError } from '@trading-agent/core';

/** A file to be written, its name relative to the folder of the strategies. */
export interface ScaffoldFile {
  readonly name: string;
  readonly text: string;
}

/**
 * A strategy to begin with: its declarative file, its optional function and its test, which passes as it is.
 * @throws {TradingError} `USAGE` when the name is none for a strategy or that of a built-in one.
 */
export function scaffoldStrategy(name: StrategyName): readonly ScaffoldFile[] {
  if (!STRATEGY_NAME.test(name))
    throw new TradingError('USAGE', `A strategy's name is in lower case such as broken-wing, was "${name}"`, {
      hint: 'Letters, digits and single hyphens, a letter first.',
    });
  if (STRATEGY_NAMES.includes(name))
    throw new TradingError('USAGE', `${name} is a built-in strategy`, {
      hint: 'Change it in config/strategies.yaml, or take another name.',
    });
  return [
    { name: `${name}.yaml`, text: definition(name) },
    { name: `${name}.ts`, text: acceptFunction(name) },
    { name: `${name}.test.ts`, text: test(name) },
  ];
}

function definition(name: string): string {
  return `# ${name}: one unit is described here; what a key leaves out is a default. docs/strategies.md explains every key.
about: A put spread sold below the market while options are dear.
when: { direction: [up, neutral], conviction: [moderate, none], volatility: [rich, fair] }
legs:
  - { side: sell, right: put } # found by delta
  - { side: buy, right: put, at: wing, of: 0 } # one width farther out of the money than leg 0
dte: { min: 21, max: 45 }
delta: { min: 0.1, target: 0.2, max: 0.3 }
width: 0.03 # of the spot price
exit: { profitTarget: 0.5, stopLoss: 1, minDte: 5, shortDelta: 0.5 }
`;
}

function acceptFunction(name: string): string {
  return `${imports('type { StrategyFunction }', '@trading-agent/strategies')}

/**
 * Asked for every candidate of ${name}: \`true\` takes it, a text refuses it and says why. Take this file away and the YAML alone decides.
 * It must be pure: the same question gives the same answer, in a backtest as in live trading.
 */
export const accept: StrategyFunction = ({ score }) =>
  score.probabilityOfProfit >= 0.6 || \`profit in \${Math.round(score.probabilityOfProfit * 100)}% is too seldom\`;
`;
}

function test(name: string): string {
  return `${imports('{ join }', 'node:path')}
${imports('{ loadSettings }', '@trading-agent/config')}
${imports('{ marketDate }', '@trading-agent/core')}
${imports('{ chainViews, loadStrategyFunctions, rankStructures, viewFor }', '@trading-agent/strategies')}
${imports('{ generateMarketDay }', '@trading-agent/synthetic')}
${imports('{ expect, it }', 'vitest')}

const NAME = '${name}';

it(\`\${NAME} is built and judged on a synthetic chain\`, async () => {
  const { ownStrategies } = loadSettings({ env: {}, cwd: join(import.meta.dirname, '..') });
  const strategy = ownStrategies[NAME];
  if (strategy === undefined) throw new Error(\`strategies/\${NAME}.yaml is missing\`);
  const day = generateMarketDay({ date: marketDate('2026-03-02'), underlyings: ['SPY'], seed: 7, minutes: 60 });
  const chain = chainViews(day).get('SPY');
  if (chain === undefined) throw new Error('SPY has no chain');
  const { ranked } = rankStructures(viewFor(strategy), chain, {
    book: { [NAME]: strategy },
    functions: await loadStrategyFunctions(import.meta.dirname, ownStrategies),
    balance: 25_000,
    leastReturn: -1,
    maxFeeShare: 1,
  });
  expect(ranked.length).toBeGreaterThan(0);
  for (const { candidate, score, refusal } of ranked) {
    expect(candidate.legs).toHaveLength(strategy.legs.length);
    expect(score.maxLoss).toBeGreaterThan(0);
    // Taken, or refused with a reason.
    expect(refusal === null || refusal.text.length > 0).toBe(true);
  }
});
`;
}

/** An import of the file that is written, in parts: it is none of this library's own. */
function imports(names: string, from: string): string {
  return ['import', names, 'from', `'${from}';`].join(' ');
}
