import type { SessionsReport } from '@trading-agent/backtest';
import type { RunReport } from '@trading-agent/engine';
import { type DayHole, describeHole } from '@trading-agent/market-data';
import { bold, dim, green, red, terminal } from './terminal.ts';

/** A run's result on standard output, with what the data under it lacked. */
export function tellReport(report: RunReport | SessionsReport, holes: readonly DayHole[], asJson: boolean): void {
  if (asJson) {
    terminal.out(`${JSON.stringify({ ...report, ...(holes.length > 0 && { holes: holes.map(describeHole) }) })}\n`);
    return;
  }
  terminal.out(describeReport(report));
  for (const { from, to, reason } of holes.map(describeHole)) terminal.out(`Hole       ${from} to ${to}: ${reason}\n`);
}

/** A run's result for people. */
export function describeReport(report: RunReport | SessionsReport): string {
  const change = report.endEquity - report.startEquity;
  const signed = `${change < 0 ? '-' : '+'}${money(Math.abs(change))}`;
  const sessions = 'sessions' in report ? report.sessions : [];
  const lines = [
    ...sessions.map(
      (day) =>
        `${day.session}  ${money(day.startEquity)} -> ${money(day.endEquity)}  ${day.orders} orders, ${day.executions} executions`,
    ),
    bold(sessions.length === 0 ? `Session ${report.session}` : `${sessions.length} sessions from ${report.session}`) +
      dim(`  tier ${report.tier}, ${report.events} events`),
    `Equity     ${money(report.startEquity)} -> ${money(report.endEquity)}  ${change < 0 ? red(signed) : green(signed)}`,
    `Orders     ${report.orders.length} sent, ${report.executions.length} executions, fees ${money(report.fees)}, ${report.refusals.length} refusals`,
    ...report.orders.map(
      (order) =>
        `  ${order.at.slice(11, 19)}Z ${order.intent.padEnd(11)} ${order.strategy.padEnd(17)} ${order.filled}/${order.quantity} @ ${order.limit}  ${dim(order.reason)}`,
    ),
    `Positions  ${report.positions.length}`,
    ...report.positions.map(
      (position) =>
        `  ${String(position.quantity).padStart(4)} ${position.symbol} at ${position.averagePrice}, mark ${position.mark ?? 'none'}`,
    ),
    dim(`Fingerprint ${report.fingerprint}`),
  ];
  return `${lines.join('\n')}\n`;
}

function money(dollars: number): string {
  return dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}
