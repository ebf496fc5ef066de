/** Severities as the user names them, least severe first. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type PinoLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Pino's method for each severity. */
export const PINO_LEVELS: Readonly<Record<LogLevel, PinoLevel>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
};

/** The label in the output of a pino level. */
export function levelLabel(pinoLevel: string): string {
  return LOG_LEVELS.find((level) => PINO_LEVELS[level] === pinoLevel) ?? pinoLevel.toUpperCase();
}
