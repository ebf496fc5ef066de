import { parentPort } from 'node:worker_threads';
import { toTradingError } from '@trading-agent/core';
import { type IngestDayRequest, ingestDay } from './ingest-day.ts';

const port = parentPort;
if (port === null) throw new Error('This module runs as a worker thread of ingest.ts');

port.on('message', (request: IngestDayRequest) => {
  ingestDay(request).then(
    (day) => port.postMessage({ day }),
    (error: unknown) => port.postMessage({ error: toTradingError(error).toJSON() }),
  );
});
