import { z } from 'zod';
import { REST_ROOMS } from '../effects.ts';
import { defineFault } from '../fault-kind.ts';

const retryAfter = z.number().int().min(0).max(3_600).optional();

/** 429 (PROVIDERS A1, F1): the vendor gives a JSON body or none at all. */
export const rateLimit = defineFault({
  name: 'rate-limit',
  summary: 'Answers 429, with the vendor’s JSON body or without any.',
  rooms: REST_ROOMS,
  times: null,
  parameters: { body: z.enum(['json', 'empty']).default('json'), retryAfter },
  effects: ({ body, retryAfter: seconds }) => [
    {
      at: 'request',
      do: 'answer',
      answer: {
        status: 429,
        body,
        words: "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to continue.",
        ...(seconds !== undefined && { retryAfter: seconds }),
      },
    },
  ],
});

export const serverError = defineFault({
  name: 'server-error',
  summary: 'Answers with a 5xx status.',
  rooms: REST_ROOMS,
  times: null,
  parameters: {
    status: z.number().int().min(500).max(599).default(503),
    body: z.enum(['json', 'html', 'empty']).default('json'),
    retryAfter,
  },
  effects: ({ status, body, retryAfter: seconds }) => [
    {
      at: 'request',
      do: 'answer',
      answer: {
        status,
        body,
        words: 'internal server error occurred',
        ...(seconds !== undefined && { retryAfter: seconds }),
      },
    },
  ],
});

/** A page of a gateway or of a maintenance notice where JSON was expected, whatever its status. */
export const htmlPage = defineFault({
  name: 'html-page',
  summary: 'Answers with an HTML page of any status, 200 included.',
  rooms: REST_ROOMS,
  times: null,
  parameters: { status: z.number().int().min(200).max(599).default(502) },
  effects: ({ status }) => [
    { at: 'request', do: 'answer', answer: { status, body: 'html', words: 'The service is temporarily unavailable' } },
  ],
});
