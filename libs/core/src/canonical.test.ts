import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, Fingerprint } from './canonical.ts';

describe('canonical JSON', () => {
  it('sorts the keys of RFC 8785, section 3.2.3, as it does', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const object = Object.fromEntries(keys.map((key) => [key, 0]));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    expect(canonicalJson(object)).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`);
  });

  it('leaves undefined members out and writes a missing item as null', () => {
    expect(canonicalJson({ b: undefined, a: [1, undefined, -0], c: { z: null, y: 'ü' } })).toBe(
      '{"a":[1,null,0],"c":{"y":"ü","z":null}}',
    );
  });

  it.each([new Map(), new Date(0), Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, Symbol('x')])(
    'refuses %s',
    (value) => {
      expect(() => canonicalJson({ value: [value] })).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    },
  );

  it('is JSON of the same data, whatever the order in which members were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const text = canonicalJson(data);
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        expect(canonicalJson(reversed)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

describe('a fingerprint', () => {
  it('is the SHA-256 of one line for each thing added', () => {
    const fingerprint = new Fingerprint();
    fingerprint.add({ a: 1 });
    fingerprint.add([2]);
    // printf '{"a":1}\n[2]\n' | sha256sum
    expect(fingerprint.digest()).toBe('1dc7685242afcdc2aa6522253d593c8011c6e8f94c1e47f7d049cca5aaa72d58');
  });

  it('may be looked at on the way, and tells order and borders', () => {
    const of = (...values: unknown[]): string => {
      const fingerprint = new Fingerprint();
      for (const value of values) {
        fingerprint.add(value);
        fingerprint.digest();
      }
      return fingerprint.digest();
    };
    expect(of(1, 2)).toBe(of(1, 2));
    expect(new Set([of(1, 2), of(2, 1), of(12), of([1, 2]), of()]).size).toBe(5);
    expect(of()).toBe(createHash('sha256').digest('hex'));
  });
});
