export { baseUrl, endpoint } from './address.ts';
export { exchange, failureOf, type HttpAnswer, type HttpFailure, type HttpRequest } from './exchange.ts';
export { type Log, silentLog } from './log.ts';
export {
  type Backoff,
  backoffMs,
  type Outcome,
  realSleep,
  repeated,
  type Repeats,
  retryAfterMs,
  type Sleep,
} from './repeats.ts';
export { withoutSecrets } from './secrets.ts';
export { type LineEnding, type SocketData, SocketLine } from './socket-line.ts';
