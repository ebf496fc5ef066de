import { readYamlFile } from '@trading-agent/config';
import { TradingError, usd } from '@trading-agent/core';
import { z } from 'zod';
import { checked, parseFaultRule } from './faults/fault-rule.ts';
import { type AccountSpec, derivedAccountNumber } from './market/accounts.ts';
import type { Halt } from './market/halts.ts';
import type { MarketSimOptions } from './options.ts';
import { CAPABILITIES, CHAIN_PARTS } from './polygon/market-plan.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'a New York time of day such as "10:05"');
const word = z.string().regex(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, "_", "." or "-"');

const scenarioSchema = z.strictObject({
  accounts: z
    .array(z.strictObject({ keyId: word, secret: word, balance: z.number().positive(), account: word.optional() }))
    .default([]),
  polygonKeys: z.array(word).default([]),
  halts: z.array(z.strictObject({ symbol: z.string().min(1), from: time, until: time })).default([]),
  plan: z
    .strictObject({
      lacks: z.array(z.enum(CAPABILITIES)).optional(),
      nextUrlOrigin: z.url().optional(),
      emptyResults: z.enum(['list', 'absent']).optional(),
      requestsPerMinute: z.number().int().min(1).optional(),
      chain: z
        .strictObject({
          lacks: z.array(z.enum(CHAIN_PARTS)).default([]),
          staleDay: z.boolean().default(false),
          every: z.number().int().min(1).default(1),
        })
        .optional(),
    })
    .default({}),
  faults: z.array(z.unknown()).default([]),
});

/** What a scenario adds to a market: accounts, keys, halts, a plan and its faults. */
export type Scenario = Pick<MarketSimOptions, 'accounts' | 'polygonKeys' | 'halts' | 'polygonPlan' | 'faults'>;

/**
 * Reads a scenario (YAML). Every key may be left out.
 * @throws {TradingError} `CONFIG_FILE_BROKEN` when the file can't be read or is not YAML, `CONFIG_INVALID` naming the place and what is allowed.
 */
export function readScenario(path: string): Scenario {
  const yaml = readYamlFile(path, path);
  if (yaml === undefined)
    throw new TradingError('CONFIG_FILE_BROKEN', `${path}: there is no such file`, {
      hint: 'Name a scenario with --scenario FILE; docs/market-sim.md has an example.',
    });
  const { accounts, polygonKeys, halts, plan, faults } = checked(scenarioSchema, yaml.value ?? {}, path);
  const { lacks, nextUrlOrigin, emptyResults, requestsPerMinute, chain } = plan;
  return {
    accounts: accounts.map(({ keyId, secret, balance, account }): AccountSpec => {
      const accountNumber = account ?? derivedAccountNumber(keyId, balance);
      return { keyId, secretKey: secret, accountNumber, cash: usd(balance) };
    }),
    polygonKeys,
    halts: halts satisfies readonly Halt[],
    polygonPlan: {
      ...(lacks !== undefined && { lacks }),
      ...(nextUrlOrigin !== undefined && { nextUrlOrigin }),
      ...(emptyResults !== undefined && { emptyResults }),
      ...(requestsPerMinute !== undefined && { requestsPerMinute }),
      ...(chain !== undefined && { chain }),
    },
    faults: faults.map((fault, index) =>
      parseFaultRule(fault, `${path}:${yaml.line(['faults', index])} faults[${index}]`),
    ),
  };
}
