import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveUuid } from './ids.ts';

describe('derived ids', () => {
  // From hashlib.sha256 over the compact JSON of the parts, version and variant set by hand.
  it.each([
    [['a', 'bc'], '42a6f3f4-4be0-8af2-bc93-6b1547dd5e41'],
    [['ab', 'c'], '82582501-8f58-8795-ae2d-3d8df6a87956'],
    [['order', 1], '8cf67347-5949-851b-92b1-386de33924ce'],
  ])('%j is %s', (parts, id) => {
    expect(deriveUuid(...parts)).toBe(id);
  });

  it('are UUIDs of version 8, the same for the same parts and different for different ones', () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(deriveUuid(...a)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(deriveUuid(...a) === deriveUuid(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});
