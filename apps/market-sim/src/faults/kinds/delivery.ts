import { z } from 'zod';
import { REST_ROOMS } from '../effects.ts';
import { defineFault } from '../fault-kind.ts';

export const latency = defineFault({
  name: 'latency',
  summary: 'Lets a request wait in real time before its room sees it.',
  rooms: REST_ROOMS,
  times: null,
  parameters: { millis: z.number().int().min(0).max(600_000) },
  effects: ({ millis }) => [{ at: 'request', do: 'wait', millis }],
});

/** An order that was accepted and whose answer got lost is the reason why nothing may ever be sent twice. */
export const responseLost = defineFault({
  name: 'response-lost',
  summary: 'Ends the connection without an answer, after the request was carried out (taken) or before.',
  rooms: REST_ROOMS,
  times: 1,
  parameters: { taken: z.boolean().default(true) },
  effects: ({ taken }) => [{ at: 'request', do: 'lose', taken }],
});
