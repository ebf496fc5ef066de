import { deriveUuid } from '@trading-agent/core';

/**
 * A number in [0, 1) that is a pure function of its parts. Chance on the exchange is drawn this way, not from a stream: what one order or
 * account meets does not depend on what the others do.
 */
export function draw(...parts: readonly (string | number)[]): number {
  return Number.parseInt(deriveUuid(...parts).slice(0, 8), 16) / 4_294_967_296;
}
