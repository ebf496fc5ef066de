import { parentPort, workerData } from 'node:worker_threads';
import { type MarketDate, toTradingError } from '@trading-agent/core';
import { SyntheticMarket } from '../synthetic-market.ts';
import type { FilesPlan } from './files-plan.ts';
import { generateDay } from './generate-day.ts';

const port = parentPort;
if (port === null) throw new Error('This module runs as a worker thread of generate-files.ts');

/** What a thread is started with. */
export interface ThreadData {
  readonly plan: FilesPlan;
  readonly toDir: string;
  /** The last day that it will be asked for. */
  readonly last: MarketDate;
}

const { plan, toDir, last }: ThreadData = workerData;
const market = new SyntheticMarket(plan.identity, last);

port.on('message', (date: MarketDate) => {
  generateDay(market, plan, toDir, date).then(
    (day) => port.postMessage({ day }),
    (error: unknown) => port.postMessage({ error: toTradingError(error).toJSON() }),
  );
});
