import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface UpgradeRoute {
  /** Browsers always name an origin; a page must not get hold of a channel that steers the market. */
  readonly refuseBrowsers: boolean;
  /** False while pings are to go unanswered. */
  answersPings?(): boolean;
  accept(socket: WebSocket): void;
}

const MOST_MESSAGE_BYTES = 1024 * 1024;

/** Routes WebSocket upgrades by path; anything else is answered 404 and closed. Returns what ends all connections. */
export function routeUpgrades(server: Server, routes: Readonly<Record<string, UpgradeRoute>>): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    stream.on('error', () => stream.destroy());
    if (!route) return refuse(stream, '404 Not Found');
    if (route.refuseBrowsers && request.headers.origin !== undefined) return refuse(stream, '403 Forbidden');
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('ping', (data) => {
        if (route.answersPings?.() ?? true) socket.pong(data);
      });
      route.accept(socket);
    });
  };
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('upgrade', onUpgrade);
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
