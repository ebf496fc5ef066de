import type { FaultKind } from './fault-kind.ts';
import { latency, responseLost } from './kinds/delivery.ts';
import { duplicateFill, fillLost, tradeBust, tradeCorrect } from './kinds/executions.ts';
import { cutTransfer, replacedFile, truncatedGzip } from './kinds/files.ts';
import { htmlPage, rateLimit, serverError } from './kinds/http-errors.ts';
import { cancelLosesToFill, partialThenReject, positionDisagrees } from './kinds/orders.ts';
import { clockSkew, keysRevoked } from './kinds/standing.ts';
import {
  droppedConnection,
  droppedEvents,
  muteStream,
  reorderedEvents,
  repeatedEvents,
  slowConsumer,
} from './kinds/streams.ts';

/** Every kind of fault, by its name in scripts. */
export const FAULT_KINDS: ReadonlyMap<string, FaultKind> = new Map(
  [
    rateLimit,
    serverError,
    htmlPage,
    latency,
    responseLost,
    clockSkew,
    keysRevoked,
    muteStream,
    droppedEvents,
    droppedConnection,
    slowConsumer,
    reorderedEvents,
    repeatedEvents,
    truncatedGzip,
    cutTransfer,
    replacedFile,
    partialThenReject,
    cancelLosesToFill,
    positionDisagrees,
    fillLost,
    duplicateFill,
    tradeBust,
    tradeCorrect,
  ].map((kind) => [kind.name, kind]),
);
