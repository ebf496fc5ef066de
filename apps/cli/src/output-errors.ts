import { TradingError } from '@trading-agent/core';

let lost: NodeJS.ErrnoException | undefined;

/**
 * From here on a result that nobody takes ends no command by a stack trace: a reader that has gone (`| head`) is no error, and an agent that
 * trades outlives its viewer; anything else, such as a full disk, is kept for `lostOutput`.
 */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost ??= error;
    });
}

/** Why what was written did not arrive, if so: the command has failed, whatever it thinks. */
export function lostOutput(): TradingError | undefined {
  if (lost === undefined) return undefined;
  const isFull = lost.code === 'ENOSPC' || lost.code === 'EDQUOT';
  return new TradingError(isFull ? 'DISK_SPACE' : 'INTERNAL', `The result can't be written: ${lost.message}`, {
    hint: 'Write it to another place; what is there is not whole.',
    cause: lost,
  });
}
