/**
 * Why an order was refused, in Alpaca's codes and words. A refused order does not exist: it has no broker id, no event, and its client
 * order id stays free.
 */
export interface Rejection {
  readonly accepted: false;
  /** The HTTP status the code goes with. */
  readonly status: 403 | 422;
  readonly code: RejectionCode;
  readonly reason: string;
}

/** 40310000: not allowed or not affordable. 40310001: exercise of a short. 42210000: the order itself is wrong. 40010001: the client order id was used before. */
export type RejectionCode = 40310000 | 40310001 | 42210000 | 40010001;

export function forbidden(reason: string): Rejection {
  return { accepted: false, status: 403, code: 40310000, reason };
}

export function unprocessable(reason: string): Rejection {
  return { accepted: false, status: 422, code: 42210000, reason };
}

export function duplicateClientOrderId(): Rejection {
  return { accepted: false, status: 422, code: 40010001, reason: 'client_order_id must be unique' };
}

export const UNCOVERED = 'account not eligible to trade uncovered option contracts';
export const INSUFFICIENT_BUYING_POWER = 'insufficient options buying power';
