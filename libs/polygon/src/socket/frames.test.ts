import type { Quote } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated } from '@trading-agent/testkit';
import { parseExactJson } from '../http/json.ts';
import { QUOTE } from '../testing/wire-examples.ts';
import { FrameReader, type FrameSink } from './frames.ts';
import { type Fields, isFields, readQuote } from './messages.ts';
import { QuoteBytes } from './quote-bytes.ts';

interface Heard {
  readonly quotes: (readonly [Quote, number])[];
  /** Objects in their place: `Q` for a quote that was read. */
  readonly order: unknown[];
  readonly malformed: string[];
}

const reader = new FrameReader();
const bytes = new QuoteBytes();

function read(frame: string | Buffer): Heard {
  const heard: Heard = { quotes: [], order: [], malformed: [] };
  const sink: FrameSink = {
    quote: (quote, sequence) => {
      heard.quotes.push([quote, sequence]);
      heard.order.push('Q');
    },
    fields: (fields) => {
      heard.order.push(fields);
      try {
        const { quote, sequence } = readQuote(fields);
        if (fields['ev'] === 'Q') heard.quotes.push([quote, sequence]);
      } catch {
        heard.malformed.push('quote');
      }
    },
    malformed: (_text, reason) => heard.malformed.push(reason),
  };
  reader.read(Buffer.from(frame), sink);
  return heard;
}

/** What JSON and the checks by hand make of a frame. Whole numbers beyond 2^53 are text there: no size, and no time, may be rounded. */
function slowly(frame: string): readonly (readonly [Quote, number])[] {
  let parsed: unknown;
  try {
    parsed = parseExactJson(frame);
  } catch {
    return [];
  }
  return (Array.isArray(parsed) ? parsed : [parsed]).flatMap((element) => {
    if (!isFields(element) || element['ev'] !== 'Q') return [];
    try {
      const { quote, sequence } = readQuote(element);
      return [[quote, sequence] as const];
    } catch {
      return [];
    }
  });
}

const readsByBytes = (frame: string): boolean => bytes.read(Buffer.from(frame));

it('a frame of quotes is read by its bytes', () => {
  const frame = JSON.stringify(Array.from({ length: 20 }, (_, index) => ({ ...QUOTE, q: index })));
  expect(readsByBytes(frame)).toBe(true);
  expect(read(frame).quotes).toEqual(slowly(frame));
});

describe('another shape is left to JSON.parse, and read all the same', () => {
  it.each([
    ['white space', JSON.stringify([QUOTE], null, 1)],
    ['a new field with words', JSON.stringify([{ ...QUOTE, flag: 'new' }])],
    ['a list', JSON.stringify([{ ...QUOTE, i: [604] }])],
    ['null', JSON.stringify([{ ...QUOTE, bp: null }])],
    ['the kind elsewhere', JSON.stringify([{ sym: QUOTE.sym, ev: 'Q', bp: 1, bs: 1, t: 1 }])],
    ['an exponent', `[{"ev":"Q","sym":"O:SPY241220P00720000","bp":1e1,"bs":1,"t":1644506128351}]`],
    ['an escape', `[{"ev":"Q","sym":"O:SPY241220P0072000\\u0030","bp":1,"bs":1,"t":1644506128351}]`],
    [
      'more digits than a double holds',
      `[{"ev":"Q","sym":"O:SPY241220P00720000","bp":0.12345678901234567,"bs":1,"t":1644506128351}]`,
    ],
    ['one object without a list', JSON.stringify(QUOTE)],
  ])('%s', (_name, frame) => {
    expect(readsByBytes(frame)).toBe(false);
    expect(read(frame).quotes).toEqual(slowly(frame));
    expect(read(frame).quotes).toHaveLength(1);
  });

  it('from the place where it begins, in the order of the frame', () => {
    const frame = JSON.stringify([QUOTE, QUOTE, { ev: 'status', status: 'success' }, QUOTE]);
    expect(read(frame).order).toEqual(['Q', 'Q', { ev: 'status', status: 'success' }, QUOTE]);
  });
});

it('a size beyond 2^53, which a double rounds, is malformed, and the quote after it is read', () => {
  const frame = JSON.stringify([{ ...QUOTE, bs: 2 ** 53 }, QUOTE]);
  expect(read(frame)).toMatchObject({ quotes: { length: 1 }, malformed: ['quote'] });
});

it('a frame that is not whole says nothing, not even what stood before the break', () => {
  const frame = JSON.stringify([QUOTE, QUOTE]);
  for (const broken of [frame.slice(0, -1), `${frame}]`, frame.replace('},{', '}{'), frame.slice(0, 150), '', '['])
    expect(read(broken)).toEqual({ quotes: [], order: [], malformed: ['not JSON'] });
});

it('elements that are no objects are told, and nothing else is lost', () => {
  expect(read(JSON.stringify([QUOTE, 7, [QUOTE], QUOTE]))).toMatchObject({
    quotes: { length: 2 },
    malformed: ['no object', 'no object'],
  });
});

const price = fc.oneof(
  fc.integer({ min: 0, max: 100_000_000 }).map((cents) => cents / 100),
  fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }),
);
const quote = fc.record(
  {
    ev: fc.constant('Q'),
    sym: fc.constantFrom('O:SPY241220P00720000', 'O:GOOG160115C00750000', 'SPY', 'BRK.B', 'O:NONSENSE', ''),
    bp: price,
    bs: fc.nat(100_000),
    ap: price,
    as: fc.oneof(fc.nat(100_000), fc.double({ min: 0, max: 10, noNaN: true })),
    bx: fc.nat(400),
    t: fc.integer({ min: 0, max: 9_000_000_000_000 }),
    q: fc.oneof(fc.nat(), fc.maxSafeNat()),
  },
  { requiredKeys: ['ev'] },
);

it('bytes and JSON.parse read the same of any frame of quotes', () => {
  fc.assert(
    fc.property(fc.array(quote, { maxLength: 6 }), (quotes) => {
      const frame = JSON.stringify(quotes);
      expect(read(frame).quotes).toEqual(slowly(frame));
    }),
    { numRuns: 500 },
  );
});

it('and of any frame that a vendor has changed: fields dropped, nulled, added, of another kind', () => {
  fc.assert(
    fc.property(fc.array(mutated(QUOTE), { minLength: 1, maxLength: 4 }), (elements) => {
      const frame = JSON.stringify(elements);
      expect(read(frame).quotes).toEqual(slowly(frame));
    }),
    { numRuns: 500 },
  );
});

it('and of any frame with a damaged byte', () => {
  const whole = JSON.stringify([QUOTE, { ...QUOTE, bp: 0.05 }]);
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.constantFrom('"', '\\', '}', ',', '0', '.', '-', 'e', ' ', '{'),
      (at, byte) => {
        const frame = `${whole.slice(0, at)}${byte}${whole.slice(at + 1)}`;
        expect(read(frame).quotes).toEqual(slowly(frame));
      },
    ),
    { numRuns: 500 },
  );
});

it('keeps symbols apart, as many as there are', () => {
  const seen = new Set<string>();
  const sink: FrameSink = {
    quote: ({ symbol }) => seen.add(symbol),
    fields: (fields: Fields) => expect.unreachable(JSON.stringify(fields)),
    malformed: (text) => expect.unreachable(text),
  };
  const symbols = Array.from({ length: 20_000 }, (_, index) => `O:SPY241220P${String(index + 1).padStart(8, '0')}`);
  for (let from = 0; from < symbols.length; from += 100) {
    const frame = symbols.slice(from, from + 100).map((sym) => ({ ...QUOTE, sym }));
    reader.read(Buffer.from(JSON.stringify(frame)), sink);
  }
  expect(seen.size).toBe(symbols.length);
});
