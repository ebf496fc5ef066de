import { z } from 'zod';
import { defineFault } from '../fault-kind.ts';

const FILLS = ['fill', 'partial_fill'];

/** What happened stands in the broker's books, its stream has not told it. Strikes fills only, unless the script names other topics. */
export const fillLost = defineFault({
  name: 'fill-lost',
  summary: 'A fill is in the books but never told by the stream.',
  rooms: ['trades'],
  times: 1,
  topics: FILLS,
  parameters: {},
  effects: () => [{ at: 'event', do: 'drop' }],
});

export const duplicateFill = defineFault({
  name: 'duplicate-fill',
  summary: 'A fill is told twice, with the same execution id.',
  rooms: ['trades'],
  times: 1,
  topics: FILLS,
  parameters: {},
  effects: () => [{ at: 'event', do: 'repeat' }],
});

export const tradeBust = defineFault({
  name: 'trade-bust',
  summary:
    'A fill is taken back right after it was told (`trade_bust`): position, cash and fees are as before it, the order stays filled.',
  rooms: ['trades'],
  times: 1,
  topics: FILLS,
  parameters: {},
  effects: () => [{ at: 'execution', do: 'bust' }],
});

export const tradeCorrect = defineFault({
  name: 'trade-correct',
  summary: 'A fill gets another price right after it was told (`trade_correct`), in the books too.',
  rooms: ['trades'],
  times: 1,
  topics: FILLS,
  parameters: { by: z.number() },
  effects: ({ by }) => [{ at: 'execution', do: 'correct', by }],
});
