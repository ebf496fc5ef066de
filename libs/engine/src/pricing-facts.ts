import type { Micros } from '@trading-agent/core';
import { Rates } from '@trading-agent/pricing';
import { CURVE_DAYS } from './known-facts.ts';
import { type Decision, note } from './decisions.ts';
import type { SessionFacts } from './events.ts';

/** What every underlying of the session is priced without: said once, because each fair price and each limit of the day stands on it. */
export function missingFacts(session: SessionFacts, at: Micros): readonly Decision[] {
  const { date, treasury, events, underlyings, heldOnly = [] } = session;
  const rates = Rates.asOf(date, treasury);
  const words: Decision[] = [];
  for (const symbol of [...underlyings, ...heldOnly].sort()) {
    if (rates.source === 'policy') {
      const percent = (100 * rates.rate(1)).toFixed(2);
      const text = `${symbol} is priced with the policy rate, ${percent}%: no Treasury curve of the ${CURVE_DAYS} days before ${date} is at hand`;
      words.push(note(at, symbol, 'policy-rate', text));
    }
    if (rates.source === 'none') {
      const text = `${symbol} is priced at a rate of 0: neither a Treasury curve nor a policy rate is known for ${date}`;
      words.push(note(at, symbol, 'rate-unknown', text));
    }
    if (events?.[symbol] === undefined) {
      const text = `Nobody told which dividends ${symbol} pays: they are part of the yield that its calls and puts imply`;
      words.push(note(at, symbol, 'dividends-unknown', text));
    }
  }
  return words;
}
