import { parentPort } from 'node:worker_threads';
import { americanPriceColumns } from '../american/american-batch.ts';
import { higherGreekColumns, priceColumns } from '../european/greeks-batch.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import type { ShardAnswer, ShardRequest } from './shards.ts';

/** The thread's side of shards.ts: computes its rows in the shared columns and says when it is done. */
parentPort?.on('message', ({ id, first, count, work }: ShardRequest) => {
  let failure = '';
  try {
    if (work.kind === 'greeks') priceColumns(count, work.input, work.volatility, work.out, first);
    else if (work.kind === 'higher-greeks') higherGreekColumns(count, work.input, work.volatility, work.out, first);
    else if (work.kind === 'american') {
      americanPriceColumns(count, work.input, work.volatility, work.out, work.mode, first);
    } else impliedVolatilityColumns(count, work.input, work.price, work.out, first);
  } catch (error) {
    failure = String(error);
  }
  const answer: ShardAnswer = { kind: 'shard', id, failure };
  parentPort?.postMessage(answer);
});
