import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { jsonResponse } from '../http/json.ts';

/** A request the broker refuses: HTTP status, its own code and words, and whatever facts belong to it. */
export class BrokerRefusal extends Error {
  override readonly name = 'BrokerRefusal';
  readonly status: ContentfulStatusCode;
  readonly code: number;

  constructor(status: ContentfulStatusCode, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  respond(context: Context): Response {
    return jsonResponse(context, { code: this.code, message: this.message }, this.status);
  }
}

export function unprocessable(message: string): BrokerRefusal {
  return new BrokerRefusal(422, 42210000, message);
}

export function notFound(message: string): BrokerRefusal {
  return new BrokerRefusal(404, 40410000, message);
}

export function badParameter(message: string): BrokerRefusal {
  return new BrokerRefusal(422, 40010001, message);
}

/** The request's body. @throws {BrokerRefusal} 400 when it is not JSON. */
export async function jsonBody(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw new BrokerRefusal(400, 40010000, 'request body format is invalid');
  }
}
