import { z } from 'zod';
import { defineFault } from '../fault-kind.ts';

export const partialThenReject = defineFault({
  name: 'partial-then-reject',
  summary: 'An order fills at most so many units; then what is left of it is rejected.',
  rooms: ['alpaca'],
  times: 1,
  parameters: {
    units: z.number().int().min(1).default(1),
    reason: z.string().min(1).default('the exchange rejected the rest of the order'),
  },
  effects: ({ units, reason }) => [{ at: 'order', do: 'reject-after', units, reason }],
});

export const cancelLosesToFill = defineFault({
  name: 'cancel-loses-to-fill',
  summary: 'A cancel is taken, but the order fills at its limit before it is carried out.',
  rooms: ['alpaca'],
  times: 1,
  parameters: {},
  effects: () => [{ at: 'cancel', do: 'fill-first' }],
});

export const positionDisagrees = defineFault({
  name: 'position-disagrees',
  summary: 'The broker shows so many contracts more (or, negative, fewer) of a symbol than it holds.',
  rooms: ['alpaca'],
  times: null,
  parameters: { symbol: z.string().min(1), quantity: z.number().int() },
  effects: ({ symbol, quantity }) => [{ at: 'positions', do: 'shift', symbol, quantity }],
});
