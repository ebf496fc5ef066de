import { type IncomingMessage, type ServerResponse, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** The server's end of a socket. */
export type LocalSocket = WebSocket;

export interface ReceivedRequest {
  readonly method: string;
  /** Decoded path without query. */
  readonly path: string;
  /** The request target as it came. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** An answer; the connection cut without one; or silence until the client gives up. */
export type Reply = Answer | 'cut' | 'silence';

/** A real HTTP and WebSocket server on the loopback whose behaviour a test writes down; it remembers what it was asked. */
export class LocalServer {
  readonly requests: ReceivedRequest[] = [];
  /** What to answer; 404 until told. */
  onRequest: (request: ReceivedRequest) => Reply = () => ({ status: 404 });
  /** What to do with a new socket and the path it asked for; nothing until told. */
  onSocket: (socket: WebSocket, path: string) => void = () => {};
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor(server: Server) {
    this.#server = server;
    this.#sockets = new WebSocketServer({ server });
    this.#sockets.on('connection', (socket, request) => {
      // A client that is torn down mid-frame is no failure of the test.
      socket.on('error', () => {});
      this.onSocket(socket, request.url ?? '');
    });
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<LocalServer> {
    const server = createServer();
    const local = new LocalServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return local;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get #port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen');
    return address.port;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = request.url ?? '/';
      const url = new URL(target, 'http://local');
      const received: ReceivedRequest = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        target,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      this.requests.push(received);
      const reply = this.onRequest(received);
      if (reply === 'cut') request.socket.destroy();
      else if (reply !== 'silence') send(response, reply);
    });
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
