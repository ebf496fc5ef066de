import { ExtensionCodec, decode, encode, encodeTimeSpecToTimestamp } from '@msgpack/msgpack';
import { MICROS_PER_SECOND, type Micros } from '@trading-agent/core';

/** An instant on its way into a message: written as the timestamp extension (type -1), exact to the microsecond. */
export class Instant {
  readonly at: Micros;

  constructor(at: Micros) {
    this.at = at;
  }
}

const TIMESTAMP = -1;
const codec = new ExtensionCodec();
codec.register({
  type: TIMESTAMP,
  encode: (value) => {
    if (!(value instanceof Instant)) return null;
    const sec = Math.floor(value.at / MICROS_PER_SECOND);
    return encodeTimeSpecToTimestamp({ sec, nsec: (value.at - sec * MICROS_PER_SECOND) * 1_000 });
  },
  decode: () => null,
});

export function packed(messages: readonly object[]): Uint8Array {
  return encode(messages, { extensionCodec: codec });
}

/** What a client's frame says; `undefined` when it is not MessagePack. */
export function unpacked(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}
