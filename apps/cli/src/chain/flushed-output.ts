/**
 * Writes a result that may be larger than a pipe holds, and returns when the reader has taken it in: the command ends its process right
 * after. What cannot be written is the business of `watchOutput`.
 */
export function outFlushed(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
