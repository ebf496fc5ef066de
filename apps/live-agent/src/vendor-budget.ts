import { type Clock, deriveUuid, systemClock, type Usd, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { createAlpacaBroker } from '@trading-agent/alpaca';
import type { Settings } from '@trading-agent/config';
import {
  type BudgetLimits,
  openRequestBudget,
  type RequestBudget,
  type RequestPriority,
} from '@trading-agent/market-data';
import type { MarketEndpoints } from './connections.ts';
import type { AgentLog } from './log.ts';

/** What a vendor's request budget hangs on: the data account and the tier. */
export interface VendorBudgetRequest {
  readonly settings: Pick<Settings, 'account' | 'tiers' | 'store'>;
  /** Revealed. The budget belongs to the account of this key, whoever trades with its data; the file is named by a hash of it. */
  readonly apiKey: string;
  /** What decides the tier; the configured balance unless given. */
  readonly balance?: Usd;
  readonly clock?: Clock;
}

/** Name of the key's account, without the key. */
export function vendorAccount(apiKey: string): string {
  return `polygon-${deriveUuid('polygon-api-key', apiKey)}`;
}

/** Name and requests of the tier that a balance is in. */
export function tierBudget({ settings, balance }: Omit<VendorBudgetRequest, 'apiKey'>): {
  readonly tier: string;
  readonly limits: BudgetLimits;
} {
  const { account, tiers } = settings;
  const { name, apiBudget } = tierFor(balance ?? usd(account.balance), tiers, account.riskTolerance);
  return { tier: name, limits: apiBudget };
}

/**
 * The budget that every process of a data account shares: it lies in the data folder and outlives them.
 * @throws {TradingError} `STORE_UNAVAILABLE` when the file can't be used.
 */
export function openVendorBudget(request: VendorBudgetRequest): RequestBudget {
  return openRequestBudget({
    dataDir: request.settings.store.dataDir,
    account: vendorAccount(request.apiKey),
    limits: tierBudget(request).limits,
    clock: request.clock ?? systemClock,
  });
}

/**
 * The budget for a trading feed: of the tier that the broker's equity is in. Who holds positions goes before who looks for trades.
 * @throws {TradingError} `BROKER_*`, `STORE_UNAVAILABLE`.
 */
export async function feedBudget(
  settings: VendorBudgetRequest['settings'],
  market: MarketEndpoints,
  log: AgentLog,
): Promise<{ readonly budget: RequestBudget; readonly priority: RequestPriority }> {
  const broker = createAlpacaBroker({ ...market.alpaca, clock: systemClock, logger: log });
  const { equity } = await broker.account();
  const holds = (await broker.positions()).length > 0;
  const budget = openVendorBudget({ settings, apiKey: market.polygon.apiKey, balance: equity });
  const { tier, limits } = tierBudget({ settings, balance: equity });
  log.info(
    { tier, ...limits, usedToday: budget.use().today },
    'Market data requests are held to the budget of the tier',
  );
  return { budget, priority: holds ? 'positions' : 'scan' };
}
