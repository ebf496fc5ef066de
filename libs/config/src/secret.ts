import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A credential that cannot leak by accident: printing, logging, JSON, string templates and object inspection show a mask.
 * Only `reveal()` gives the text, at the one place that sends it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
