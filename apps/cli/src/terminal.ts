import { toTradingError } from '@trading-agent/core';

/** Where commands write: results to standard output, everything else to standard error. */
export const terminal = {
  out: (text: string): void => void process.stdout.write(text),
  error: (text: string): void => void process.stderr.write(text),
  isInteractive: (): boolean => process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
  /** Of the terminal that shows the results; undefined where they go into a file or a pipe. */
  columns: (): number | undefined =>
    process.stdout.isTTY === true && process.stdout.columns > 0 ? process.stdout.columns : undefined,
  /** See no-color.org. Results that go into a file or a pipe are plain, whatever shows the errors. */
  hasColor: (): boolean =>
    terminal.isInteractive() && process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
};

const paint =
  (code: number) =>
  (text: string): string =>
    terminal.hasColor() ? `\u001b[${code}m${text}\u001b[0m` : text;
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

/** Prints an error for people, or as one JSON object for machines, and tells the exit code. */
export function printError(thrown: unknown, json: boolean): number {
  const error = toTradingError(thrown);
  if (json) terminal.out(`${JSON.stringify({ error })}\n`);
  terminal.error(`${red(bold('error'))} ${error.message}\n`);
  if (error.hint !== undefined) terminal.error(`${dim('hint ')} ${error.hint}\n`);
  terminal.error(`${dim(`code  ${error.code}`)}\n`);
  if (error.code === 'INTERNAL') terminal.error(dim(`${thrown instanceof Error ? (thrown.stack ?? '') : ''}\n`));
  return error.exitCode;
}

/** One line at the bottom of a terminal that is written anew; elsewhere a calm line every so often. */
export class StatusLine {
  readonly #everyMs: number;
  #current = '';
  #lastCalm = Number.NEGATIVE_INFINITY;

  constructor(everyMs = 15_000) {
    this.#everyMs = everyMs;
  }

  show(text: string): void {
    if (terminal.isInteractive()) {
      terminal.error(`\r\u001b[2K${text}`);
      this.#current = text;
      return;
    }
    const now = performance.now();
    if (now - this.#lastCalm < this.#everyMs) return;
    this.#lastCalm = now;
    terminal.error(`${text}\n`);
  }

  /** Writes a line above. */
  above(line: string): void {
    if (this.#current === '') terminal.error(line);
    else terminal.error(`\r\u001b[2K${line}${this.#current}`);
  }

  end(): void {
    if (this.#current !== '') terminal.error('\n');
    this.#current = '';
  }
}
