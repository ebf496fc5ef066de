import { bold, dim, green, red } from '../terminal.ts';
import type { AccountPlan, StructureLine, SymbolLine } from './account-plan.ts';

/** The plan for people. */
export function planText(plan: AccountPlan, title: string): string {
  const { limits } = plan;
  const lines = [
    bold(`${money(plan.balance)}, tier ${plan.tier}`) + dim(`  risk tolerance ${plan.riskTolerance}, ${title}`),
    `One trade may lose ${money(limits.riskPerTrade)}, one position bind ${money(limits.positionSize)}; all together may lose ${money(limits.portfolioRisk)} in at most ${limits.maxPositions} positions.`,
    `A day's loss of ${money(limits.dailyLoss)} ends new risk; a trade is left when ${Math.round(limits.stopLoss * 100)}% of its premium is lost.`,
  ];
  for (const symbol of plan.symbols) lines.push('', ...symbolLines(symbol));
  if (plan.unpriced.length > 0) lines.push('', dim(`No price at that time: ${plan.unpriced.join(', ')}`));
  lines.push('', bold(summary(plan)));
  return `${lines.join('\n')}\n`;
}

function summary({ fitting, tooDear, symbols, nextBalance }: AccountPlan): string {
  if (symbols.length === 0) return 'Nothing is quoted, so nothing fits.';
  const next = nextBalance === null ? '' : ` The next thing would fit from ${money(nextBalance)} on.`;
  if (fitting === 0) return `Nothing fits today.${next}`;
  const dear = tooDear === 0 ? '' : `, ${tooDear} of them would not be opened at these prices`;
  return `${fitting} ${fitting === 1 ? 'structure fits' : 'structures fit'} today${dear}.${next}`;
}

function symbolLines({ symbol, spot, choice, facts, structures, unavailable }: SymbolLine): string[] {
  const seen = [
    facts.spread === null ? '' : `spreads of ${percent(facts.spread)}`,
    facts.volume === null ? '' : `${facts.volume} contracts traded near the money`,
  ].filter((text) => text !== '');
  const place = choice.selected ? [`number ${choice.rank} by liquidity`, ...seen].join(', ') : 'left out today';
  const lines = [`${bold(`${symbol} ${spot.toFixed(2)}`)}  ${choice.selected ? dim(place) : red(place)}`];
  for (const { text, smallestBalance } of choice.reasons)
    lines.push(`  ${text}${smallestBalance === null ? '' : `, from ${money(smallestBalance)} on`}`);
  if (choice.noSoldCalls) lines.push('  No call is sold: an ex-dividend date is near');
  for (const structure of structures) lines.push(...structureLines(structure));
  const why = Object.entries(Object.groupBy(unavailable, ({ reason }) => reason));
  for (const [reason, all] of why)
    lines.push(dim(`  ${reason}: ${(all ?? []).map(({ strategy }) => strategy).join(', ')}`));
  return lines;
}

function structureLines(structure: StructureLine): string[] {
  const { strategy, fits, legs, cost, score, refusal, checks, smallestBalance } = structure;
  const premium = cost.premium >= 0 ? `pays ${money(cost.premium)}` : `gets ${money(-cost.premium)}`;
  const binds = cost.collateral > 0 ? `, collateral ${money(cost.collateral)}` : '';
  const maintenance = cost.maintenance === null || cost.maintenance === 0 ? '' : `, margin ${money(cost.maintenance)}`;
  const chance =
    score === null
      ? ''
      : `, profit in ${Math.round(score.probabilityOfProfit * 100)}%, expects ${money(score.expectedValue)}`;
  const lines = [
    `  ${fits ? green('fits') : red('no  ')} ${strategy.padEnd(17)} ${premium}${binds}${maintenance}, can lose ${money(cost.maxLoss)}, fees ${money(cost.fees)} (${percent(cost.feeShare)})${chance}`,
    dim(`       ${legs.join(' ')}`),
  ];
  if (fits && refusal !== null)
    lines.push(`       would not be opened at these prices: ${refusal.rule}: ${refusal.text}`);
  for (const { rule, actual, limit, unit, smallestBalance: from } of checks.filter(({ passed }) => !passed)) {
    const show = (value: number): string =>
      unit === 'usd' ? money(value) : unit === 'ratio' ? percent(value) : String(value);
    const until = rule === 'shares' ? 'hold them first' : from === null ? 'no balance helps' : `from ${money(from)} on`;
    lines.push(`       ${rule}: ${show(actual)} against a limit of ${show(limit)}, ${until}`);
  }
  const given = cost.shares > 0 ? `with ${cost.shares} shares ` : '';
  if (!fits && smallestBalance !== null)
    lines.push(`       ${given}would fit from a balance of ${money(smallestBalance)}`);
  return lines;
}

function money(dollars: number): string {
  return dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}
