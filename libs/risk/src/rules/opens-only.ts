import { opens } from '@trading-agent/instruments';
import { atMost, type OpeningRule } from './rule.ts';

/** An order that opens must not close on the way: what is held is guarded by `evaluateClosing` alone. The number is the legs that close. */
export const opensOnly: OpeningRule = {
  code: 'opens-only',
  sized: false,
  check: ({ order }) => atMost(order.legs.filter((leg) => !opens(leg.intent)).length, 0, 'count'),
};
