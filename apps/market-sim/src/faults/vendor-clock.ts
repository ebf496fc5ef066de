import { type Micros, MICROS_PER_MILLI, micros } from '@trading-agent/core';
import type { FaultPort, Room } from './effects.ts';

/** What a vendor's clock shows at the simulated `now`. */
export function vendorClock(now: Micros, room: Room, faults: FaultPort): Micros {
  return micros(now + skewMillis(room, faults) * MICROS_PER_MILLI);
}

/** How far a vendor's clock is ahead. */
export function skewMillis(room: Room, faults: FaultPort): number {
  if (faults.isQuiet('clock')) return 0;
  return faults.standing('clock', { room }).reduce((sum, { millis }) => sum + millis, 0);
}
