import type { Quote } from '@trading-agent/instruments';
import type { SocketData } from '@trading-agent/transport';
import { badMessage } from '../errors.ts';
import { parseExactJson } from '../http/json.ts';
import { type Fields, isFields } from './messages.ts';
import { QuoteBytes } from './quote-bytes.ts';

/** Who hears what a frame holds, in its order. */
export interface FrameSink {
  quote(quote: Quote, sequence: number): void;
  /** Everything else that is an object, quotes of an unusual shape among it. */
  fields(fields: Fields): void;
  /** A frame that is not JSON, or an element that is no object. */
  malformed(text: string, reason: string): void;
}

/** Takes frames apart: quotes in the usual shape by their bytes, the rest by JSON.parse. */
export class FrameReader {
  readonly #bytes = new QuoteBytes();

  read(data: SocketData, sink: FrameSink): void {
    const frame = frameBytes(data);
    const isWhole = this.#bytes.read(frame);
    const { quotes, sequences } = this.#bytes;
    let rest: readonly unknown[] = [];
    if (!isWhole) {
      const text = frame.toString('utf8');
      try {
        const parsed = parseExactJson(text);
        rest = Array.isArray(parsed) ? parsed : [parsed];
      } catch {
        // What stood before the broken place is not used either: a frame that is not JSON says nothing.
        return sink.malformed(text, 'not JSON');
      }
    }
    for (let index = 0; index < quotes.length; index++) {
      const quote = quotes[index];
      if (quote !== undefined) sink.quote(quote, sequences[index] ?? -1);
    }
    for (let index = quotes.length; index < rest.length; index++) {
      const element = rest[index];
      if (isFields(element)) sink.fields(element);
      else sink.malformed(JSON.stringify(element), 'no object');
    }
  }
}

function frameBytes(data: SocketData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (Array.isArray(data)) return Buffer.concat(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  throw badMessage('A frame of an unknown kind');
}
