/**
 * The text of one element of an array inside a JSON document, exactly as it came: `path` leads to the array by object keys (empty: the document itself
 * is the array). `undefined` when there is none. Only for what could not be read: it walks the text from the beginning.
 */
export function elementText(text: string, path: readonly string[], index: number): string | undefined {
  let at = skipSpace(text, 0);
  for (const key of path) {
    const value = memberStart(text, at, key);
    if (value === undefined) return undefined;
    at = value;
  }
  if (text[at] !== '[') return undefined;
  at = skipSpace(text, at + 1);
  for (let number = 0; at < text.length && text[at] !== ']'; number++) {
    const end = valueEnd(text, at);
    if (number === index) return text.slice(at, end).trimEnd();
    at = skipSpace(text, end);
    if (text[at] !== ',') return undefined;
    at = skipSpace(text, at + 1);
  }
  return undefined;
}

function memberStart(text: string, from: number, key: string): number | undefined {
  if (text[from] !== '{') return undefined;
  let at = skipSpace(text, from + 1);
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at);
    const name: unknown = JSON.parse(text.slice(at, nameEnd));
    at = skipSpace(text, nameEnd);
    if (text[at] !== ':') return undefined;
    at = skipSpace(text, at + 1);
    if (name === key) return at;
    at = skipSpace(text, valueEnd(text, at));
    if (text[at] !== ',') return undefined;
    at = skipSpace(text, at + 1);
  }
  return undefined;
}

/** Index after the value that begins at `from`. */
function valueEnd(text: string, from: number): number {
  if (text[from] === '"') return stringEnd(text, from);
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (char === ',' && depth === 0) return at;
  }
  return text.length;
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \n\r\t'.includes(text.charAt(at))) at++;
  return at;
}
