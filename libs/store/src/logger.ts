/** What the store needs of a logger; pino's loggers have this shape. */
export interface StoreLogger {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentLogger: StoreLogger = { info: () => undefined, warn: () => undefined };
