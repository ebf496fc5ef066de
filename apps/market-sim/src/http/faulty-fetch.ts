import { setTimeout as delay } from 'node:timers/promises';
import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { FaultPort, FaultyAnswer } from '../faults/effects.ts';
import { type RestRoom, type RequestFacts, errorBody, requestFacts, revokedAnswer } from './rest-rooms.ts';

type Fetch = (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>;

/** The REST rooms with faults between them and their clients: waiting, another answer, none at all. */
export function faultyFetch(fetch: Fetch, faults: FaultPort, nextRequestId: () => string): Fetch {
  return async (request, env) => {
    if (faults.isQuiet('request') && faults.isQuiet('key')) return fetch(request, env);
    const facts = await requestFacts(request);
    if (facts === null) return fetch(request, env);
    if (faults.standing('key', facts).length > 0) return revokedAnswer(facts.room, nextRequestId());
    const effects = faults.strike('request', facts);
    for (const effect of effects) if (effect.do === 'wait') await delay(effect.millis);
    for (const effect of effects) {
      if (effect.do === 'answer') return respond(effect.answer, facts, nextRequestId());
      if (effect.do !== 'lose') continue;
      // Its answer is read to the end: only then has the room done all of its work.
      if (effect.taken) await (await fetch(request, env)).arrayBuffer();
      env.outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    return fetch(request, env);
  };
}

function respond(answer: FaultyAnswer, { room }: RequestFacts & { room: RestRoom }, requestId: string): Response {
  const headers = new Headers();
  if (answer.retryAfter !== undefined) headers.set('retry-after', String(answer.retryAfter));
  if (room === 'alpaca') headers.set('x-request-id', requestId);
  if (answer.body === 'empty') return new Response(null, { status: answer.status, headers });
  if (answer.body === 'html') {
    headers.set('content-type', 'text/html');
    return new Response(htmlPage(answer), { status: answer.status, headers });
  }
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(errorBody(room, answer, requestId)), { status: answer.status, headers });
}

export function htmlPage({ status, words }: Pick<FaultyAnswer, 'status' | 'words'>): string {
  return `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<p>${words}</p>\r\n</body>\r\n</html>\r\n`;
}
