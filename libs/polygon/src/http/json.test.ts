import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from './json.ts';

describe('parseExactJson', () => {
  it('keeps every digit of a nanosecond time, where JSON.parse alone does not', () => {
    const text = '{"last_updated":1651254260800059648,"sip":1651254260800059647,"price":0.1}';
    expect(parseExactJson(text)).toEqual({
      last_updated: '1651254260800059648',
      sip: '1651254260800059647',
      price: 0.1,
    });
    expect(JSON.stringify(JSON.parse('{"sip":1651254260800059647}'))).toBe('{"sip":1651254260800059600}');
  });

  it('leaves text that looks like a long number alone', () => {
    expect(parseExactJson('{"id":"1651254260800059647","n":[1,2.5,null]}')).toEqual({
      id: '1651254260800059647',
      n: [1, 2.5, null],
    });
  });

  it('reads any JSON without long whole numbers as JSON.parse does', () => {
    const short = fc.json().filter((text) => !/\d{16}/.test(text));
    fc.assert(
      fc.property(short, (text) => {
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
    );
    expect.hasAssertions();
  });

  it('reads back any nanosecond time', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n - 1n }), (nanos) => {
        expect(parseExactJson(`[${nanos}]`)).toEqual([String(nanos)]);
      }),
    );
    expect.hasAssertions();
  });
});
