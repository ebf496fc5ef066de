/** What is kept of another side's words. */
const MOST_WORDS = 300;

/** The other side's words, which may repeat what was sent to it, without the secrets: for error messages and logs. */
export function withoutSecrets(words: string, secrets: readonly string[]): string {
  let told = words;
  for (const secret of secrets) if (secret !== '') told = told.replaceAll(secret, '***');
  return told.slice(0, MOST_WORDS);
}
