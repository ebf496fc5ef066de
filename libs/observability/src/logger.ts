import { pid } from 'node:process';
import { isatty } from 'node:tty';
import { type Clock, formatRfc3339, systemClock } from '@trading-agent/core';
import { type DestinationStream, destination as fileDestination, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type LogLevel, levelLabel, PINO_LEVELS } from './levels.ts';
import { Redactor } from './redaction.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** Least severe level that is written. */
  readonly level: LogLevel;
  /** Who logs: the app. */
  readonly name: string;
  /** Where lines go; standard error unless told, because standard output belongs to results of commands. */
  readonly destination?: DestinationStream;
  /** Lines for people instead of JSON; unless told, when standard error is a terminal. */
  readonly pretty?: boolean;
  /** Colours in pretty lines; the caller decides (NO_COLOR). On unless told. */
  readonly color?: boolean;
  /** Secrets known by value: taken out wherever they appear. */
  readonly secrets?: readonly string[];
  readonly clock?: Clock;
}

const STANDARD_ERROR = 2;

/**
 * A structured logger: facts first, sentence second: `logger.warn({ order, reason }, 'The broker refused an order')`. One JSON object per
 * line with `level` (DEBUG, INFO, WARNING, ERROR, CRITICAL; pino's `fatal` is CRITICAL), `time`, `name`, `pid`, `msg`. Errors anywhere in the
 * facts become `{type, code, message, hint, details, stack, cause}`. Secrets are taken out of facts, messages, errors and child bindings.
 */
export function createLogger(options: LoggerOptions): Logger {
  const redactor = new Redactor(options.secrets);
  const clock = options.clock ?? systemClock;
  const pretty = options.pretty ?? (options.destination === undefined && isatty(STANDARD_ERROR));
  // Synchronous: the last words before a crash are the ones that are needed.
  const destination = options.destination ?? fileDestination({ fd: STANDARD_ERROR, sync: true });
  const logger = pino(
    {
      name: options.name,
      level: PINO_LEVELS[options.level],
      base: { name: options.name, pid },
      timestamp: () => `,"time":"${formatRfc3339(clock.now())}"`,
      formatters: {
        level: (label) => ({ level: levelLabel(label) }),
        log: (facts) => redactor.members(facts),
      },
      // The formatter has made errors into facts; pino's own serializer would make other ones of those.
      serializers: { err: (facts: unknown) => facts },
      hooks: {
        logMethod(args, method) {
          const [first, message, ...rest] = args.map((argument, index) =>
            // Facts are redacted by the formatter; everything else ends up in the message.
            index === 0 && typeof argument === 'object' && argument !== null ? argument : redactor.value(argument),
          );
          const error = errorIn(first);
          const facts = first instanceof Error ? { err: first } : first;
          // Pino would take the error's own, unredacted message.
          if (error && message === undefined) method.call(this, facts, redactor.text(error.message));
          else if (message === undefined) method.call(this, facts);
          else method.call(this, facts, typeof message === 'string' ? message : JSON.stringify(message), ...rest);
        },
      },
    },
    pretty ? prettyStream(destination, options.color ?? true) : destination,
  );
  redactBindings(logger, redactor);
  return logger;
}

/** Pino writes the bindings of a child as they are, whatever the formatters of its parent; children inherit these methods. */
function redactBindings(logger: Logger, redactor: Redactor): void {
  for (const name of ['child', 'setBindings']) {
    const method = Reflect.get(logger, name);
    Object.defineProperty(logger, name, {
      value(this: Logger, bindings: object, ...rest: unknown[]) {
        return Reflect.apply(method, this, [redactor.members(bindings), ...rest]);
      },
    });
  }
}

function errorIn(first: unknown): Error | undefined {
  if (first instanceof Error) return first;
  if (typeof first === 'object' && first !== null && 'err' in first && first.err instanceof Error) return first.err;
  return undefined;
}

/** Formats in this process and in order, so that lines and the results of commands don't overtake each other. */
function prettyStream(destination: DestinationStream, color: boolean): DestinationStream {
  const format = prettyFactory({
    colorize: color,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,name',
    customLevels: { DEBUG: 20, INFO: 30, WARNING: 40, ERROR: 50, CRITICAL: 60 },
    customColors: 'DEBUG:blue,INFO:green,WARNING:yellow,ERROR:red,CRITICAL:bgRed',
    useOnlyCustomProps: true,
  });
  return { write: (line) => destination.write(format(line)) };
}
