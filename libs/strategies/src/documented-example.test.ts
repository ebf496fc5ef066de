import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, STRATEGY_NAMES } from '@trading-agent/config';
import { sideOf } from '@trading-agent/instruments';
import { afterAll, describe, expect, it } from 'vitest';
import { loadStrategyFunctions } from './own-functions.ts';
import { rankStructures } from './rank.ts';
import { aChainView, optionAt, quotesWith } from './testing/chain.ts';
import { viewFor } from './view.ts';

const NAME = 'broken-wing';
const page = readFileSync(join(import.meta.dirname, '../../../docs/strategies.md'), 'utf8');
const section = page.split('## A strategy of your own')[1]?.split('\n## ')[0] ?? '';

/** The one block of that language in the section. */
function block(language: string): string {
  const blocks = [...section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? '';
}

const cwd = mkdtempSync(join(tmpdir(), 'documented-'));
afterAll(() => rmSync(cwd, { recursive: true }));

describe('the strategy that docs/strategies.md shows', () => {
  const files = { yaml: block('yaml'), ts: block('ts') };
  const folder = join(cwd, 'strategies');
  mkdirSync(folder);
  for (const [kind, text] of Object.entries(files)) writeFileSync(join(folder, `${NAME}.${kind}`), text);

  it('has 30 lines at most, and names its files', () => {
    expect(`${files.yaml}${files.ts}`.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    expect(files.yaml).toContain(`# strategies/${NAME}.yaml\n`);
    expect(section).toContain(`\`strategies/${NAME}.ts\``);
    expect(STRATEGY_NAMES).not.toContain(NAME);
  });

  it('is loaded as a file of the user, builds what it says and is asked by its function', async () => {
    const { ownStrategies } = loadSettings({ env: {}, cwd });
    const strategy = ownStrategies[NAME];
    const functions = await loadStrategyFunctions(folder, ownStrategies);
    const accept = functions.get(NAME);
    if (strategy === undefined || accept === undefined) throw new Error(`${NAME} or its function is not loaded`);
    const view = viewFor(strategy);
    // The put that is sold is dear, so that it pays for the wings.
    const chain = aChainView({ quotes: quotesWith({ [optionAt(95, 'P').symbol]: { bid: 1.2, ask: 1.3 } }) });
    const options = { book: { [NAME]: strategy }, functions, balance: 25_000, leastReturn: -1, maxFeeShare: 1 };
    const { ranked, none } = rankStructures(view, chain, options);
    expect(none).toEqual([]);
    const [one] = ranked;
    if (one === undefined) throw new Error('It builds nothing');
    const { candidate, score, refusal } = one;
    // The put of a delta of 25%, sold twice; three dollars above it and six below it bought.
    expect(candidate.legs.map((leg) => [sideOf(leg.intent), leg.ratio])).toEqual([
      ['sell', 2],
      ['buy', 1],
      ['buy', 1],
    ]);
    expect(candidate.contracts.map(({ strike, right }) => [strike, right])).toEqual([
      [95, 'put'],
      [98, 'put'],
      [90, 'put'],
    ]);
    // Far sides of the chain: -2 x 1.20 + 2.07 + 0.26.
    expect(candidate.natural).toBeCloseTo(-0.07, 9);
    const ask = (probabilityOfProfit: number, natural: number) =>
      accept({ candidate: { ...candidate, natural }, score: { ...score, probabilityOfProfit }, view, chain });
    expect([ask(0.6, -0.01), ask(0.6, 0.01), ask(0.594, -0.01)]).toEqual([
      true,
      'it has to bring a credit',
      'profit in 59% is too seldom',
    ]);
    expect(refusal).toEqual({ rule: 'own-function', text: accept({ candidate, score, view, chain }) });
    // Not for accounts below its `fromBalance`.
    expect(rankStructures(view, chain, { ...options, balance: 9_999 }).none).toEqual([
      { strategy: NAME, reason: 'balance-too-small' },
    ]);
  });
});
