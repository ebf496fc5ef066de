import { z } from 'zod';
import { ROOMS } from '../effects.ts';
import { defineFault } from '../fault-kind.ts';

export const clockSkew = defineFault({
  name: 'clock-skew',
  summary:
    'The vendor’s clock is so many seconds ahead (negative: behind): its times of day, its events, its checks of signatures.',
  rooms: ROOMS,
  times: null,
  parameters: { seconds: z.number() },
  effects: ({ seconds }) => [{ at: 'clock', do: 'skew', millis: Math.round(seconds * 1_000) }],
});

export const keysRevoked = defineFault({
  name: 'keys-revoked',
  summary: 'A key that worked is unknown: requests get 401 (S3: 403), streams end, logging in again fails.',
  rooms: ROOMS,
  times: null,
  parameters: {},
  effects: () => [{ at: 'key', do: 'revoke' }],
});
