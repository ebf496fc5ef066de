/**
 * Margin of one underlying's book where grouping is hard: shares in odd lots beside covered calls, collars, puts secured by cash and condors of four
 * expiries. Prints one JSON object; milliseconds of this process's time for one book (to open and to keep: two programmes where shares are held), the mean over
 * a third of a second, and whether the grouping was proven the cheapest.
 */
import { marketDate, seededRandom } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { bookOf, COVERED_MARGIN, type HeldOption, marginOfBook, type MarginTerms } from '@trading-agent/portfolio';

const SPAN_MILLISECONDS = 330;
const EXPIRIES = ['2026-03-20', '2026-04-17', '2026-05-15', '2026-06-18'].map(marketDate);
const [FIRST = marketDate('2026-03-20')] = EXPIRIES;
const market = { price: (symbol: string) => (symbol === 'ABC' ? 100 : 3) };
const naked: MarginTerms = { ...COVERED_MARGIN, uncovered: true };

function option(at: number, right: 'call' | 'put', strike: number, quantity: number): HeldOption {
  const expiry = EXPIRIES[at % EXPIRIES.length] ?? FIRST;
  return { contract: optionContract(formatOptionSymbol({ root: 'ABC', expiry, right, strike })), quantity };
}

function condor(at: number, put: number, call: number, lots: number): HeldOption[] {
  return [
    option(at, 'put', put - 5, lots),
    option(at, 'put', put, -lots),
    option(at, 'call', call, -lots),
    option(at, 'call', call + 5, lots),
  ];
}

const each = (count: number, make: (index: number) => HeldOption[]): HeldOption[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();
const condors = (count: number) => each(count, (at) => condor(at, 96 - at, 104 + at, 1 + (at % 3)));
const calls = (count: number) => each(count, (at) => [option(at, 'call', 102 + 3 * at, -1)]);
const puts = (count: number) => each(count, (at) => [option(at, 'put', 91 - 3 * at, -1)]);
const collars = (count: number, lots: number) =>
  each(count, (at) => [option(at, 'call', 103 + 3 * at, -lots), option(at, 'put', 97 - 3 * at, lots)]);

function drawn(seed: string): HeldOption[] {
  const random = seededRandom(seed);
  return [
    ...each(8 + random.int(6), () =>
      condor(random.int(4), 60 + 5 * random.int(8), 100 + 5 * random.int(8), 1 + random.int(3)),
    ),
    ...each(4, () => [option(random.int(4), 'call', 105 + 5 * random.int(6), -1)]),
    ...each(2, () => [option(random.int(4), 'put', 70 + 5 * random.int(6), 1)]),
  ];
}

const books: readonly (readonly [string, readonly HeldOption[], shares: number, MarginTerms])[] = [
  ['13 condors', condors(13), 0, COVERED_MARGIN],
  ['13 condors, 37 shares', condors(13), 37, COVERED_MARGIN],
  ['13 condors, 730 shares', condors(13), 730, COVERED_MARGIN],
  ['4 covered calls, 10 condors, 437 shares', [...calls(4), ...condors(10)], 437, COVERED_MARGIN],
  ['4 collars, 8 condors, 450 shares', [...collars(4, 1), ...condors(8)], 450, COVERED_MARGIN],
  ['8 collars of 3, 8 condors, 2,450 shares', [...collars(8, 3), ...condors(8)], 2_450, COVERED_MARGIN],
  ['12 collars, 6 puts, 1,230 shares', [...collars(12, 1), ...puts(6)], 1_230, COVERED_MARGIN],
  ['20 covered calls, 2,050 shares', calls(20), 2_050, COVERED_MARGIN],
  ['4 calls, 4 puts, 8 condors, 437 shares', [...calls(4), ...puts(4), ...condors(8)], 437, COVERED_MARGIN],
  ['10 condors, 537 shares short', condors(10), -537, COVERED_MARGIN],
  ['6 calls, 6 puts, 8 condors, 337 shares, naked', [...calls(6), ...puts(6), ...condors(8)], 337, naked],
  ...Array.from(
    { length: 6 },
    (_, at) => [`random ${at}`, drawn(`book ${at}`), 400 + 13 * at, COVERED_MARGIN] as const,
  ),
];

const found = books.map(([name, options, shares, terms]) => {
  const book = bookOf('ABC', { options, stocks: [{ symbol: 'ABC', quantity: shares }] });
  let margin = marginOfBook(book, market, terms);
  const start = process.cpuUsage();
  const began = performance.now();
  let times = 0;
  for (; times === 0 || performance.now() - began < SPAN_MILLISECONDS; times++)
    margin = marginOfBook(book, market, terms);
  const { user, system } = process.cpuUsage(start);
  return {
    book: name,
    positions: book.series.length,
    milliseconds: Math.round((user + system) / times) / 1e3,
    proven: margin.proven,
  };
});

console.log(JSON.stringify({ bench: 'grouping of one underlying for margin', books: found }, null, 2));
