/** What follows from an error: whether the same call may be tried again, whether trading halts, which exit code a command ends with. */
export interface ErrorConsequence {
  readonly retry: boolean;
  readonly halts: boolean;
  readonly exit: 1 | 2;
}

const user: ErrorConsequence = { retry: false, halts: false, exit: 2 };
const defect: ErrorConsequence = { retry: false, halts: true, exit: 1 };
const passing: ErrorConsequence = { retry: true, halts: false, exit: 1 };
const final: ErrorConsequence = { retry: false, halts: false, exit: 1 };

/** Every stable error code of the project and its consequence. A new code is added here or it does not compile. */
export const ERROR_CODES = {
  /** A defect of ours. */
  INTERNAL: defect,
  /** A command was called with options that don't fit. */
  USAGE: user,
  /** Configuration (environment or YAML) is malformed; carries every violation. */
  CONFIG_INVALID: user,
  CONFIG_FILE_BROKEN: user,
  /** A function of a user's own strategy can't be loaded. */
  STRATEGY_BROKEN: user,
  /** A value is malformed: symbol, date, number, money. */
  INVALID_VALUE: user,
  INVALID_SYMBOL: user,
  INVALID_DATE: user,
  UNKNOWN_SYMBOL: user,
  NOT_A_SESSION: user,
  OUT_OF_RANGE: user,
  DATA_FOLDER_MISSING: user,
  DATA_DAY_MISSING: user,
  DATA_FILE_BROKEN: user,
  /** Part of a job on data failed, or a check of data found errors; the rest is done. */
  DATA_INCOMPLETE: final,
  PORT_IN_USE: user,
  ACCOUNT_LOCKED: user,
  NOTHING_TO_RESUME: user,
  CREDENTIALS_MISSING: user,
  /** What is asked for does not fit on the disk. */
  DISK_SPACE: user,
  /** Another process is writing the lake. */
  LAKE_LOCKED: user,
  /** State store. */
  STORE_UNAVAILABLE: { retry: true, halts: true, exit: 1 },
  STORE_START_FAILED: user,
  STORE_CONFLICT: defect,
  JOURNAL_CORRUPT: defect,
  /** Feeds. */
  FEED_UNAVAILABLE: passing,
  FEED_AUTH: user,
  FEED_NOT_ENTITLED: final,
  FEED_NOT_FOUND: final,
  FEED_BAD_REQUEST: final,
  FEED_RATE_LIMITED: passing,
  FEED_BAD_MESSAGE: final,
  FEED_STALE: passing,
  /** The key has too many stream connections. */
  FEED_CONNECTION_LIMIT: passing,
  /** The tier's requests of the day are used up. */
  FEED_BUDGET_SPENT: final,
  /** Broker. */
  BROKER_UNAVAILABLE: passing,
  BROKER_AUTH: user,
  BROKER_REJECTED: final,
  BROKER_RATE_LIMITED: passing,
  BROKER_NOT_FOUND: final,
  BROKER_BAD_MESSAGE: { retry: false, halts: true, exit: 1 },
  BROKER_DISAGREES: { retry: false, halts: true, exit: 1 },
  /** An order was sent and its fate is unknown: never sent again before it is looked up. */
  ORDER_FATE_UNKNOWN: { retry: false, halts: true, exit: 1 },
  ORDER_INVALID: defect,
  ORDER_NOT_APPROVED: defect,
  /** Time ran out on a call to the outside. */
  TIMEOUT: passing,
  CANCELLED: final,
} as const satisfies Record<string, ErrorConsequence>;

export type ErrorCode = keyof typeof ERROR_CODES;
