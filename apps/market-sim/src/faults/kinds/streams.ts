import { z } from 'zod';
import { STREAM_ROOMS } from '../effects.ts';
import { defineFault } from '../fault-kind.ts';

export const muteStream = defineFault({
  name: 'mute-stream',
  summary: 'The connection stands, no event comes; without pongs it does not answer pings either.',
  rooms: STREAM_ROOMS,
  times: null,
  parameters: { pongs: z.boolean().default(true) },
  effects: ({ pongs }) => [{ at: 'event', do: 'drop' }, ...(pongs ? [] : [{ at: 'pong', do: 'withhold' } as const])],
});

export const droppedEvents = defineFault({
  name: 'dropped-frames',
  summary: 'Single events never arrive; the others do.',
  rooms: STREAM_ROOMS,
  times: 1,
  parameters: {},
  effects: () => [{ at: 'event', do: 'drop' }],
});

export const droppedConnection = defineFault({
  name: 'dropped-connection',
  summary: 'The connection ends without a close frame, in place of an event.',
  rooms: STREAM_ROOMS,
  times: 1,
  parameters: {},
  effects: () => [{ at: 'event', do: 'disconnect' }],
});

/** PROVIDERS A9: the server buffers per connection; when the buffer is full it drops the connection, often without a close frame. */
export const slowConsumer = defineFault({
  name: 'slow-consumer',
  summary: 'Ends the connection of a client that has more than so many bytes of events unread.',
  rooms: STREAM_ROOMS,
  times: null,
  parameters: { bytes: z.number().int().min(1) },
  effects: ({ bytes }) => [{ at: 'reader', do: 'limit', bytes }],
});

export const reorderedEvents = defineFault({
  name: 'reordered-events',
  summary: 'An event is told after so many later ones.',
  rooms: STREAM_ROOMS,
  times: null,
  parameters: { by: z.number().int().min(1).max(1_000).default(1) },
  effects: ({ by }) => [{ at: 'event', do: 'hold', by }],
});

export const repeatedEvents = defineFault({
  name: 'repeated-events',
  summary: 'An event is told twice.',
  rooms: STREAM_ROOMS,
  times: null,
  parameters: {},
  effects: () => [{ at: 'event', do: 'repeat' }],
});
