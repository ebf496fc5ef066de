import { tierFor } from '@trading-agent/account-tiers';
import { loadSettings, type RiskTolerance, type Settings } from '@trading-agent/config';
import { usd } from '@trading-agent/core';
import { Command } from 'commander';
import { bold, dim, terminal } from '../terminal.ts';

interface TiersFlags {
  readonly config?: string;
  readonly json: boolean;
}

export function tiersCommand(): Command {
  return new Command('tiers')
    .description('The account tiers: what an account of each size may trade, and within which limits.')
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText(
      'after',
      `
The table is config/account-tiers.yaml; fractions are of the balance, money is in dollars. RISK_TOLERANCE scales the risk per trade.

Examples:
  agent tiers
  agent tiers --json
  RISK_TOLERANCE=low agent tiers

Exit codes: 0 done, 2 wrong input.`,
    )
    .action(runTiers);
}

function runTiers(flags: TiersFlags): void {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const rows = tierRows(settings, settings.account.riskTolerance);
  if (!flags.json) return terminal.out(describe(settings, rows));
  const { tolerance, riskPerTrade, change, sizing } = settings.tiers;
  const riskTolerance = settings.account.riskTolerance;
  terminal.out(`${JSON.stringify({ riskTolerance, tolerance, riskPerTrade, change, sizing, tiers: rows })}\n`);
}

type TierRow = ReturnType<typeof tierRows>[number];

function tierRows({ tiers, account }: Settings, tolerance: RiskTolerance) {
  return tiers.table.map((own, index) => {
    const toBalance = tiers.table[index + 1]?.fromBalance ?? null;
    const tier = tierFor(usd(own.fromBalance), tiers, tolerance);
    return {
      name: own.name,
      fromBalance: own.fromBalance,
      /** Where the next begins; `null` for the last. */
      toBalance,
      addedSymbols: own.symbols,
      symbols: tier.symbols,
      maxPositions: own.maxPositions,
      riskPerTrade: own.riskPerTrade,
      /** With the risk tolerance applied. */
      toleratedRiskPerTrade: toleratedRisk(own.riskPerTrade, tiers, tolerance),
      maxPositionSize: own.maxPositionSize,
      stopLoss: own.stopLoss,
      apiBudget: own.apiBudget,
      limits: own.limits,
      training: own.training,
      current: account.balance >= own.fromBalance && (toBalance === null || account.balance < toBalance),
    };
  });
}

function toleratedRisk(own: number, { tolerance, riskPerTrade }: Settings['tiers'], level: RiskTolerance): number {
  return Math.min(riskPerTrade.max, Math.max(riskPerTrade.min, own * tolerance[level]));
}

function describe({ account, tiers }: Settings, rows: readonly TierRow[]): string {
  const percent = (fraction: number): string => `${Math.round(fraction * 1e4) / 100}%`;
  const money = (dollars: number): string => `$${dollars.toLocaleString('en-US')}`;
  const lines = [
    dim(
      'tier           balance               positions  risk/trade  in one  stop  requests/min, /day  training days, folds, trials',
    ),
  ];
  for (const row of rows) {
    const range =
      row.toBalance === null ? `${money(row.fromBalance)}+` : `${money(row.fromBalance)}-${money(row.toBalance)}`;
    const cells = [
      row.name.padEnd(14),
      range.padEnd(21),
      String(row.maxPositions).padStart(9),
      percent(row.toleratedRiskPerTrade).padStart(11),
      percent(row.maxPositionSize).padStart(7),
      percent(row.stopLoss).padStart(5),
      `${row.apiBudget.perMinute}, ${row.apiBudget.perDay.toLocaleString('en-US')}`.padStart(19),
      `${row.training.lookbackDays}, ${row.training.folds}, ${row.training.trials}`.padStart(15),
    ];
    const line = cells.join(' ');
    lines.push(row.current ? bold(line) : line);
    lines.push(dim(`  ${row.fromBalance === 0 ? '' : '+ '}${row.addedSymbols.join(', ')}`));
  }
  const { promoteAbove, promoteAfter } = tiers.change;
  const first = rows[0]?.limits;
  lines.push(
    '',
    `Every tier: a day's loss of ${percent(first?.dailyLoss ?? 0)} ends new risk, all positions together risk at most ${percent(first?.portfolioRisk ?? 0)}, correlation at most ${percent(first?.correlation ?? 0)}.`,
    `Risk tolerance ${account.riskTolerance}: risk per trade times ${tiers.tolerance[account.riskTolerance]}, within ${percent(tiers.riskPerTrade.min)} and ${percent(tiers.riskPerTrade.max)}.`,
    `Below its tier's balance an account falls at once; it rises when ${promoteAfter} sessions in a row began ${percent(promoteAbove)} above the boundary.`,
  );
  return `${lines.join('\n')}\n`;
}
