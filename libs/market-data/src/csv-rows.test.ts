import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitRow } from './csv-rows.ts';

describe('splitRow', () => {
  it.each([
    ['', ['']],
    ['a', ['a']],
    ['a,,b,', ['a', '', 'b', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""x""",""', ['say "x"', '']],
    ['a"b,c', ['a"b', 'c']],
  ])('reads %j', (text, fields) => {
    expect(splitRow(text)).toEqual(fields);
  });

  it.each(['"a', 'a,"b', '"a"b,c', '"a"",b'])('finds that %j does not end a quoted field', (text) => {
    expect(splitRow(text)).toBeUndefined();
  });

  it('gives back any fields that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const text = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
        expect(splitRow(text)).toEqual(fields);
      }),
    );
  });
});
