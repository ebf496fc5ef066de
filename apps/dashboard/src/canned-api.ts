import { readFile } from 'node:fs/promises';
import { type ServerResponse, createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** What the page's security policy is when status-api serves it: the page must work under it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Answers by path: JSON, an HTTP error as the API words it, or never. */
export type Answers = Map<string, unknown>;

export interface CannedApi {
  readonly url: string;
  /** May be changed while the page is open. */
  readonly answers: Answers;
  /** Paths asked for so far. */
  readonly asked: string[];
  /** Tells connected pages that topics changed. */
  announce(topics: readonly string[]): void;
  /** Breaks the event streams; until `openStreams` new ones are refused. */
  refuseStreams(): void;
  openStreams(): void;
  close(): Promise<void>;
}

export class Failure {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

export const NEVER = Symbol('never answered');

/** The built page with canned answers instead of an agent; tests of this app only. */
export async function cannedApi(dir: string, answers: Answers): Promise<CannedApi> {
  const streams = new Set<ServerResponse>();
  const asked: string[] = [];
  let refusing = false;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    asked.push(path);
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (path === '/events') {
      if (refusing) return void response.writeHead(503).end();
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('retry: 200\nevent: heartbeat\ndata: {}\n\n');
      streams.add(response);
      return void response.on('close', () => streams.delete(response));
    }
    const answer = answers.get(path);
    if (answer === NEVER) return;
    if (answer instanceof Failure) {
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.body));
    } else if (answer !== undefined) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
    } else {
      const file = normalize(path === '/' ? '/index.html' : path);
      void readFile(join(dir, file)).then(
        (body) => response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain' }).end(body),
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const endStreams = (): void => {
    for (const stream of streams) stream.destroy();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    answers,
    asked,
    announce: (topics) => {
      for (const stream of streams) stream.write(`event: change\ndata: ${JSON.stringify({ topics })}\n\n`);
    },
    refuseStreams: () => {
      refusing = true;
      endStreams();
    },
    openStreams: () => {
      refusing = false;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
