/** What an adapter needs of a logger; a pino logger fits. Facts first, sentence second; never a key. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {} };
