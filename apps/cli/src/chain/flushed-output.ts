/**
 * Writes a result that may be larger than a pipe holds, and returns when the reader has taken it in: the command ends its process right
 * after. A reader that has gone (`| head`) is no error.
 */
export function outFlushed(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' ? resolve() : reject(error),
    );
    process.stdout.write(text, () => resolve());
  });
}
