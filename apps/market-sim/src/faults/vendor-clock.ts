import { type Micros, MICROS_PER_MILLI, micros } from '@trading-agent/core';
import type { Facts, FaultPort } from './effects.ts';

/** What a vendor's clock shows at the simulated `now`. */
export function vendorClock(now: Micros, asked: Pick<Facts, 'room' | 'key'>, faults: FaultPort): Micros {
  return micros(now + skewMillis(asked, faults) * MICROS_PER_MILLI);
}

/** How far a vendor's clock is ahead, for the holder of a key. */
export function skewMillis(asked: Pick<Facts, 'room' | 'key'>, faults: FaultPort): number {
  if (faults.isQuiet('clock')) return 0;
  return faults.standing('clock', asked).reduce((sum, { millis }) => sum + millis, 0);
}
