import { addDays, isTradingError, marketDate, Fingerprint, MICROS_PER_DAY } from '@trading-agent/core';
import { nextSession, requireSession, sessionsBetween } from '@trading-agent/calendar';
import { type OptionContract, type Quote, OptionChain } from '@trading-agent/instruments';
import { type MarketDay, QuoteBook } from '@trading-agent/market-data';
import { describe, expect, it } from 'vitest';
import { generateCorporateActions } from './corporate-actions.ts';
import { type SyntheticDayRequest, generateMarketDay, generateMinuteBars } from './synthetic-market.ts';
import { SYNTHETIC_UNDERLYINGS } from './underlyings.ts';

const MONDAY = marketDate('2026-01-05');
const generate = (change: Partial<SyntheticDayRequest> = {}) =>
  generateMarketDay({ date: MONDAY, underlyings: ['SPY', 'AAPL', 'TSLA'], seed: 7, ...change });
const day = generate();

const fingerprint = (of: MarketDay) => {
  const print = new Fingerprint();
  print.add(of.contracts);
  print.add(of.history);
  for (const step of of.steps) print.add(step);
  return print.digest();
};
const barsOf = (of: MarketDay, symbol: string) =>
  of.steps.flatMap((step) => step.bars).filter((bar) => bar.symbol === symbol);

/** Visits every minute with the book as it stands at its end. */
function eachMinute(
  of: MarketDay,
  visit: (book: QuoteBook, spot: ReadonlyMap<string, number>, at: number) => void,
): void {
  const book = new QuoteBook();
  for (const step of of.steps) {
    for (const quote of step.quotes) book.apply(quote);
    visit(book, new Map(step.bars.map((bar) => [bar.symbol, bar.close])), step.at);
  }
}

const sides = (quote: Quote | undefined) => {
  if (!quote || quote.ask === null) throw new Error('every option is offered in every minute');
  return { bid: quote.bid ?? 0, ask: quote.ask };
};

const sameSides = (a: Quote, b: Quote) =>
  a.bid === b.bid && a.ask === b.ask && a.bidSize === b.bidSize && a.askSize === b.askSize;

describe('generateMarketDay', () => {
  it('is the same for the same seed on every machine', () => {
    const some = { underlyings: ['SPY', 'AAPL'], minutes: 60 };
    const pinned = fingerprint(generate(some));
    expect(pinned).toBe('52a4ed4da685993f1214cebe23252e3bfc7c6ad6a94a8dec629f15d0c5533fb9');
    expect(fingerprint(generate(some))).toBe(pinned);
    expect(fingerprint(generate({ ...some, seed: '7' }))).toBe(pinned);
    expect(fingerprint(generate({ ...some, seed: 8 }))).not.toBe(pinned);
  });

  it('is another market for another seed', () => {
    const other = generate({ seed: 8 });
    expect(other.history).not.toEqual(day.history);
    expect(barsOf(other, 'SPY').map((bar) => bar.close)).not.toEqual(barsOf(day, 'SPY').map((bar) => bar.close));
  });

  it('tells of one underlying the same, whatever others are asked for, and of the first minutes the same as of the day', () => {
    const alone = generate({ underlyings: ['AAPL'], minutes: 30 });
    expect(alone.steps).toHaveLength(30);
    expect(alone.steps).toEqual(
      day.steps.slice(0, 30).map((step) => ({
        ...step,
        bars: step.bars.filter((bar) => bar.symbol === 'AAPL'),
        quotes: step.quotes.filter((quote) => quote.symbol.startsWith('AAPL')),
      })),
    );
  });

  it('tells from a later minute on the same, all options quoted at that minute', () => {
    const late = generate({ minutes: 40, firstMinute: 20 });
    expect(late.steps.slice(1)).toEqual(day.steps.slice(21, 40));
    const known = new Map<string, Quote>();
    for (const step of day.steps.slice(0, 21)) for (const quote of step.quotes) known.set(quote.symbol, quote);
    const [first] = late.steps;
    expect(first?.bars).toEqual(day.steps[20]?.bars);
    expect(first?.quotes.every((quote) => quote.at === first.at)).toBe(true);
    const quoted = [...known.values()].map((quote) => ({ ...quote, at: first?.at }));
    expect(first?.quotes).toEqual(quoted.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)));
  });

  it('keeps the promises of a market day', () => {
    expect(day.steps).toHaveLength(390);
    const known = new Set<string>(day.contracts.map((contract) => contract.symbol));
    let previous = 0;
    for (const step of day.steps) {
      expect(step.at).toBeGreaterThan(previous);
      previous = step.at;
      expect(step.bars.map((bar) => [bar.symbol, bar.end])).toEqual(day.underlyings.map((symbol) => [symbol, step.at]));
      const symbols = step.quotes.map((quote) => quote.symbol);
      expect(symbols).toEqual([...new Set(symbols)].sort());
      expect(step.quotes.every((quote) => quote.at === step.at && known.has(quote.symbol))).toBe(true);
    }
    expect(day.steps[0]?.quotes).toHaveLength(day.contracts.length);
    expect(day).toMatchObject({ date: MONDAY, underlyings: ['AAPL', 'SPY', 'TSLA'], quarantinedTotal: 0 });
  });

  it('ends at 13:00 on a half day', () => {
    const half = generate({ date: marketDate('2015-12-24'), underlyings: ['SPY'] });
    expect(half.steps).toHaveLength(210);
  });

  it('quotes bids below asks, on the tick, with sizes on quoted sides, and only what changed', () => {
    const last = new Map<string, Quote>();
    let withoutBid = 0;
    let quotes = 0;
    for (const quote of day.steps.flatMap((step) => step.quotes)) {
      const { bid, ask } = sides(quote);
      quotes += 1;
      if (!(bid < ask)) throw new Error(`${quote.symbol} ${bid} ${ask}`);
      const nickels = !quote.symbol.startsWith('SPY');
      for (const price of [bid, ask]) {
        const cents = price * 100;
        if (Math.abs(cents - Math.round(cents)) > 1e-9) throw new Error(`${price} is not in cents`);
        if (nickels && price > 3 && Math.round(cents) % 5 !== 0) throw new Error(`${price} is not in nickels`);
      }
      if (quote.bid === null) withoutBid += 1;
      if (quote.bid === null ? quote.bidSize !== 0 : !(quote.bidSize >= 1)) throw new Error('bid size');
      if (!(quote.askSize >= 1)) throw new Error('ask size');
      const before = last.get(quote.symbol);
      if (before && sameSides(before, quote)) throw new Error(`${quote.symbol} is quoted again without a change`);
      last.set(quote.symbol, quote);
    }
    expect(withoutBid).toBeGreaterThan(0);
    expect(quotes).toBeGreaterThan(20_000);
    expect(quotes).toBeLessThan(0.9 * 390 * day.contracts.length);
  });

  it('lists 200 to 700 contracts per underlying: weeklies to five weeks, monthlies to two months, strikes on both sides', () => {
    for (const symbol of day.underlyings) {
      const listed = day.contracts.filter((contract) => contract.underlying === symbol);
      expect(listed.length).toBeGreaterThanOrEqual(200);
      expect(listed.length).toBeLessThanOrEqual(700);
      const chain = new OptionChain(symbol, listed);
      const fridays = ['2026-01-09', '2026-01-16', '2026-01-23', '2026-01-30', '2026-02-06', '2026-02-20'];
      const dailies = sessionsBetween(MONDAY, marketDate('2026-01-15'));
      expect(chain.expiries()).toEqual(symbol === 'SPY' ? [...new Set([...dailies, ...fridays])].sort() : fridays);
      const spot = day.history.findLast((bar) => bar.symbol === symbol)?.close ?? 0;
      for (const expiry of chain.expiries()) {
        const strikes = chain.series(expiry)[0]?.strikes ?? [];
        expect(strikes.filter((strike) => strike < spot).length).toBeGreaterThanOrEqual(5);
        expect(strikes.filter((strike) => strike > spot).length).toBeGreaterThanOrEqual(5);
        // A split may have divided them: whole cents are left of the grid.
        expect(strikes.every((strike) => Math.abs(100 * strike - Math.round(100 * strike)) < 1e-6)).toBe(true);
      }
    }
  });

  it('obeys put-call parity: no conversion or reversal pays at the quotes, with interest, dividends and the right to exercise', () => {
    const pairs = pairsOf(day);
    const dividends = generateCorporateActions({
      symbols: day.underlyings,
      from: MONDAY,
      to: marketDate('2026-03-10'),
      seed: 7,
    }).dividends;
    eachMinute(day, (book, spot, at) => {
      for (const [call, put] of pairs) {
        const c = sides(book.quote(call.symbol));
        const p = sides(book.quote(put.symbol));
        const years = (requireSession(call.expiry).close - at) / 365 / MICROS_PER_DAY;
        const price = spot.get(call.underlying) ?? 0;
        const paid = dividends
          .filter(({ symbol, exDate }) => symbol === call.underlying && exDate <= call.expiry)
          .reduce((sum, { amount }) => sum + amount, 0);
        // Hull, "Options, Futures, and Other Derivatives", American bounds: S - D - K <= C - P <= S - K e^(-rT); the bar's close is in cents.
        const most = price - call.strike * Math.exp(-0.04 * years) + 0.005;
        const least = price - paid - call.strike - 0.005;
        if (c.bid - p.ask > most || least > c.ask - p.bid)
          throw new Error(`${call.symbol}: ${c.bid}-${p.ask} ${most} ${c.ask}-${p.bid} ${least}`);
      }
    });
    expect(pairs.length).toBeGreaterThan(300);
  });

  it('has no free lunch in strikes: verticals cost something, butterflies are not paid for, bids stay below what one could exercise for', () => {
    const chains = day.underlyings.map(
      (symbol) =>
        new OptionChain(
          symbol,
          day.contracts.filter((contract) => contract.underlying === symbol),
        ),
    );
    let checked = 0;
    let minute = 0;
    eachMinute(day, (book, spot) => {
      minute += 1;
      if (minute % 13 !== 0) return;
      for (const chain of chains) {
        for (const expiry of chain.expiries()) {
          const [series] = chain.series(expiry);
          const calls = (series?.strikes ?? []).map((strike) => ({
            strike,
            ...sides(book.quote(series?.find(strike, 'call')?.symbol ?? '')),
          }));
          for (const [index, low] of calls.entries()) {
            checked += 1;
            expect(low.bid).toBeLessThanOrEqual(spot.get(chain.underlying) ?? 0);
            expect(low.ask).toBeGreaterThanOrEqual((spot.get(chain.underlying) ?? 0) - low.strike - 0.005);
            const middle = calls[index + 1];
            const high = calls[index + 2];
            if (!middle || !high) continue;
            expect(low.ask - middle.bid).toBeGreaterThan(0);
            expect(low.bid - middle.ask).toBeLessThan(middle.strike - low.strike);
            const share = (high.strike - middle.strike) / (high.strike - low.strike);
            expect(share * low.ask + (1 - share) * high.ask - middle.bid).toBeGreaterThan(0);
          }
        }
      }
    });
    expect(checked).toBeGreaterThan(1_000);
  });

  it('prices an expiring option at its intrinsic value in the last minute', () => {
    const friday = generate({ date: marketDate('2026-01-09'), underlyings: ['SPY'] });
    const last = friday.steps.at(-1)?.bars[0]?.close ?? 0;
    const book = new QuoteBook();
    for (const step of friday.steps) for (const quote of step.quotes) book.apply(quote);
    const expiring = friday.contracts.filter((contract) => contract.expiry === friday.date);
    expect(expiring.length).toBeGreaterThan(20);
    for (const contract of expiring) {
      const { bid, ask } = sides(book.quote(contract.symbol));
      const worth = Math.max(0, contract.right === 'call' ? last - contract.strike : contract.strike - last);
      expect(bid).toBeLessThanOrEqual(worth);
      expect(ask).toBeGreaterThanOrEqual(worth);
      expect(worth === 0 && bid > 0, `${contract.symbol} has a bid of ${bid}`).toBe(false);
    }
  });

  it('goes on from day to day: history is yesterday, and a contract exists until it expires', () => {
    let before = generate({ minutes: 1, date: marketDate('2014-05-12') });
    for (let count = 0; count < 30; count += 1) {
      const today = generate({ minutes: 1, date: nextSession(before.date) });
      const symbols = new Set(today.contracts.map((contract) => contract.symbol));
      // Until January 2015 monthlies carry the Saturday after their last trading day.
      const lasting = before.contracts.filter((contract) => contract.expiry > addDays(before.date, 1));
      expect(lasting.filter((contract) => !symbols.has(contract.symbol))).toEqual([]);
      for (const symbol of today.underlyings) {
        const first = today.history.find((bar) => bar.symbol === symbol);
        expect(first?.open).toBe(before.steps[0]?.bars.find((bar) => bar.symbol === symbol)?.open);
      }
      before = today;
    }
  });

  it.each([
    ['a closed day', { date: marketDate('2026-01-04') }, 'NOT_A_SESSION'],
    ['an unknown ticker', { underlyings: ['SPY', 'NOPE'] }, 'UNKNOWN_SYMBOL'],
    ['no ticker', { underlyings: [] }, 'INVALID_VALUE'],
    ['no minute', { minutes: 0 }, 'OUT_OF_RANGE'],
    ['half a minute', { minutes: 0.5 }, 'OUT_OF_RANGE'],
    ['a first minute behind the last', { minutes: 5, firstMinute: 5 }, 'OUT_OF_RANGE'],
    ['a first minute before the first', { firstMinute: -1 }, 'OUT_OF_RANGE'],
    ['a day before its time', { date: marketDate('1990-06-01') }, 'OUT_OF_RANGE'],
  ] as const)('refuses %s', (_what, change, code) => {
    expect(() => generate(change)).toThrow(expect.toSatisfy((error) => isTradingError(error, code)));
  });

  it('knows every ticker that it says it has', () => {
    const all = generate({ underlyings: SYNTHETIC_UNDERLYINGS, minutes: 1 });
    expect(all.underlyings).toEqual([...SYNTHETIC_UNDERLYINGS].sort());
    const counts = all.underlyings.map(
      (symbol) => all.contracts.filter((contract) => contract.underlying === symbol).length,
    );
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...counts)).toBeLessThanOrEqual(700);
  });
});

function pairsOf(of: MarketDay): [OptionContract, OptionContract][] {
  const pairs: [OptionContract, OptionContract][] = [];
  for (const symbol of of.underlyings) {
    const chain = new OptionChain(
      symbol,
      of.contracts.filter((contract) => contract.underlying === symbol),
    );
    for (const expiry of chain.expiries()) {
      const [series] = chain.series(expiry);
      for (const strike of series?.strikes ?? []) {
        const call = series?.find(strike, 'call');
        const put = series?.find(strike, 'put');
        if (call && put) pairs.push([call, put]);
      }
    }
  }
  return pairs;
}

describe('generateMinuteBars', () => {
  const from = marketDate('2023-01-03');
  const to = marketDate('2025-12-31');
  const sessions = sessionsBetween(from, to);
  const spy = generateMinuteBars({ symbol: 'SPY', from, to, seed: 7 });

  it('gives the bars of the days', () => {
    const some = generateMinuteBars({ symbol: 'SPY', from: marketDate('2026-01-02'), to: MONDAY, seed: 7 });
    expect(some).toEqual([...day.history.filter((bar) => bar.symbol === 'SPY'), ...barsOf(day, 'SPY')]);
    expect(spy.length).toBeGreaterThan(sessions.length * 380);
    expect(spy.length).toBeLessThanOrEqual(sessions.length * 390);
  });

  it('gives sound bars in cents', () => {
    const inCents = (price: number) => Math.round(price * 100) / 100 === price;
    const broken = spy.filter(
      ({ start, open, high, low, close, volume }, index) =>
        !(low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && volume >= 1) ||
        ![open, high, low, close].every(inCents) ||
        start < (spy[index - 1]?.end ?? 0),
    );
    expect(broken).toEqual([]);
  });

  it('refuses a range that ends before it begins', () => {
    expect(() => generateMinuteBars({ symbol: 'SPY', from: to, to: from, seed: 7 })).toThrow(
      expect.toSatisfy((error) => isTradingError(error, 'OUT_OF_RANGE')),
    );
  });
});
