import { nyTime } from '@trading-agent/calendar';
import type { DecisionReading, ReasonReading } from '@trading-agent/status-api';
import type { SessionRow } from '@trading-agent/store';
import { bold, dim } from '../terminal.ts';
import { type Obstacle, type SymbolExplanation, tightest } from './explanation.ts';

/** One session's answer for people. */
export function explanationText(
  session: SessionRow,
  symbols: readonly SymbolExplanation[],
  decisions: readonly DecisionReading[],
): string {
  const lines = [
    bold(`${session.date}  ${session.account}  run ${session.run}`) + dim(`  ${session.mode}, session ${session.id}`),
  ];
  if (decisions.length === 0) lines.push('Nothing was decided.');
  for (const each of symbols) {
    lines.push(
      '',
      bold(each.symbol) +
        `: ${plural(each.orders, 'order')}, ${plural(each.refusals, 'refusal')}, ${plural(each.notes, 'note')}`,
    );
    for (const obstacle of each.obstacles) lines.push(`  ${obstacleText(obstacle)}`);
  }
  if (decisions.length > 0) lines.push('');
  for (const decision of decisions) lines.push(...decisionLines(decision));
  return `${lines.join('\n')}\n`;
}

function obstacleText({ rule, count, lastAt, last }: Obstacle): string {
  return `${`${count}x`.padStart(5)} ${rule.padEnd(20)} ${dim(`last ${nyTime(lastAt)}:`)} ${reasonText(last)}`;
}

function decisionLines({ at, kind, subject, summary, reasons }: DecisionReading): string[] {
  const head = `${nyTime(at)} ${kind.padEnd(6)} ${[subject, summary].filter((text) => text !== null && text !== '').join(' ')}`;
  const why = reasons.filter(({ passed }) => passed !== true).map(reasonText);
  const kept = reasons.filter(({ passed }) => passed === true);
  const nearest = tightest(reasons);
  if (kept.length > 0) {
    const share =
      nearest === null ? '' : `, nearest ${reasonText(nearest.reason)} (${Math.round(nearest.used * 100)}% used)`;
    why.push(dim(`${plural(kept.length, 'rule')} kept${share}`));
  }
  const [first = '', ...rest] = why;
  return [`${head}: ${first}`, ...rest.map((text) => `${' '.repeat(16)}${text}`)];
}

function reasonText({ rule, text, actual, limit, unit }: ReasonReading): string {
  if (text !== null) return text;
  return actual === null || limit === null ? rule : `${rule} ${amount(actual, unit)}, limit ${amount(limit, unit)}`;
}

function amount(value: number, unit: string | null): string {
  if (unit === 'usd') return value.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
  const rounded = String(Math.round(value * 1e4) / 1e4);
  return unit === 'percent' ? `${rounded}%` : unit === 'seconds' ? `${rounded} s` : rounded;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
