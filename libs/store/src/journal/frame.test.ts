import { micros } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, frameAt, frameEnd, framePayload, frameSeq } from './frame.ts';

const frames = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 });

function encodeAll(payloads: readonly unknown[]): { bytes: Buffer; ends: number[] } {
  const parts = payloads.map((payload, i) => encodeFrame(i + 1, micros(i), JSON.parse(JSON.stringify(payload))));
  let end = 0;
  return { bytes: Buffer.concat(parts), ends: parts.map((part) => (end += part.length)) };
}

/** Ends of the whole frames from the beginning. */
function wholeEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let end = frameEnd(bytes, 0); end !== undefined; end = frameEnd(bytes, end)) ends.push(end);
  return ends;
}

describe('frame', () => {
  it('has the documented layout', () => {
    // Written by hand: CRC-32 from `python3 -c "import zlib,struct; ..."` over seq 1, at 2, "{}".
    expect(encodeFrame(1, micros(2), {}).toString('hex')).toBe('120000002d04c36e010000000000000002000000000000007b7d');
  });

  it('comes back as it went in', () => {
    fc.assert(
      fc.property(frames, (payloads) => {
        const { bytes, ends } = encodeAll(payloads);
        expect(wholeEnds(bytes)).toEqual(ends);
        let offset = 0;
        for (const [i, end] of ends.entries()) {
          expect([frameSeq(bytes, offset), frameAt(bytes, offset)]).toEqual([i + 1, i]);
          expect(JSON.stringify(framePayload(bytes, offset, end))).toBe(JSON.stringify(payloads[i]));
          offset = end;
        }
      }),
    );
  });

  it('cut anywhere, exactly the frames before the cut are whole', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (payloads, anywhere) => {
        const { bytes, ends } = encodeAll(payloads);
        const cut = anywhere % (bytes.length + 1);
        expect(wholeEnds(bytes.subarray(0, cut))).toEqual(ends.filter((end) => end <= cut));
      }),
    );
  });

  it('with any bit turned, is not whole', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.integer({ min: 0, max: 7 }), (payload, anywhere, bit) => {
        const { bytes } = encodeAll([payload]);
        const at = anywhere % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        expect(frameEnd(bytes, 0)).toBeUndefined();
      }),
    );
  });
});
